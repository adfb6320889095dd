/** Whether the values of `secrets` are there. */
import { secretVariables } from '../../../children/externalsecret.ts';
import { nameOf } from '../../../children/identity.ts';
import { EXTERNAL_SECRET } from '../kinds.ts';
import { conditionOf, label, no, off, type Part, type View, yes } from './part.ts';

export function externalSecret(view: View): Part | undefined {
  const { required, optional } = secretVariables(view.server);
  if (required.length + optional.length === 0) return undefined;
  const type = 'ExternalSecretSynced';
  const disabled = off(view, type, 'secrets', EXTERNAL_SECRET);
  if (disabled) return disabled;
  const trouble = (part: 'secrets' | 'optionalSecrets') => {
    const name = nameOf(view.server, part);
    const object = view.observed(EXTERNAL_SECRET, name);
    const ready = conditionOf(object, 'Ready');
    if (ready?.status === 'True') return undefined;
    const target = label(view, EXTERNAL_SECRET, name);
    if (!object) return { reason: 'Missing', message: `${target} is not there` };
    if (!ready) {
      return {
        reason: 'NotSynced',
        message: `${target}: nobody has looked at it: does the External Secrets Operator run?`,
      };
    }
    const why = ready.message ? `: ${ready.message}` : '';
    // What does not fit into a condition of ours would have the API server refuse the whole status.
    const reason = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(ready.reason) ? ready.reason : 'NotSynced';
    return { reason, message: `${target}: not synced${why}` };
  };
  const failed = required.length > 0 ? trouble('secrets') : undefined;
  if (failed) return { finding: no(type, failed.reason, failed.message), counts: false };
  const lacking = optional.length > 0 ? trouble('optionalSecrets') : undefined;
  if (lacking) return { finding: yes(type, 'OptionalMissing', lacking.message), counts: false };
  return { finding: yes(type, 'Synced', 'Every value is there'), counts: false };
}
