/** Which question a server is asked: another one once its pods, its address or its credentials are others. */
import type { MCPServer } from '../../../api/mcpserver.ts';
import { digest } from '../../../children/canonical.ts';
import { headerSecretsOf, type SecretData, secretDigest } from '../../../children/secrets.ts';
import { questionOf } from '../../../children/verification.ts';
import { lookUp } from '../../contract.ts';
import { SECRET } from '../kinds.ts';
import type { View } from '../view.ts';

/**
 * @param rendered the digest of the Deployment whose pods serve.
 * @returns the question as status and pod have it. Of the Secrets that its headers come from it knows the keys that they
 *   name, so that a rotation asks anew and rolls no pod.
 */
export function currentQuestion(server: MCPServer, rendered: string, view: View): string {
  const { request, settings } = view;
  const question = questionOf(server, rendered, settings);
  const uses = headerSecretsOf(server);
  if (uses.length === 0) return question;

  const { namespace = '' } = request.parent.metadata;
  const secrets = uses.flatMap(({ name, keys }) => {
    const secret = lookUp(request.related, SECRET, namespace, name) as SecretData | undefined;
    return secret ? [{ metadata: secret.metadata, data: ofKeys(secret, keys) }] : [];
  });
  // One that is gone, or that an invalid spec does not name, is no other credential.
  if (secrets.length < uses.length) {
    const { asking, question: answered = '' } = view.server.status?.verification ?? {};
    const before = [asking?.question ?? '', answered].find((one) => one.startsWith(`${question}-`));
    if (before) return before;
  }
  const digests = secrets.map((secret) => secretDigest(secret, settings.secretDigestKey));
  return digests.length > 0 ? `${question}-${digest(digests)}` : question;
}

function ofKeys({ data = {} }: SecretData, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => keys.includes(key)));
}
