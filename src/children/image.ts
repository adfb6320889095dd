/** Which image is pulled, from where and with which secret. */
import { isMoving } from '../api/image.ts';
import type { MCPServerSpec } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { packageImage } from './package.ts';

/**
 * The tag is appended, and the registry put in the place of the one that the image names, or in front where it names
 * none. A first segment is a registry where it could not be a folder: it has a `.` or a `:`, or is `localhost`.
 *
 * @returns the reference that is deployed; empty for a spec without image and package, which the rules of the CRD refuse.
 */
export function resolveImage(spec: MCPServerSpec, settings: RenderSettings): string {
  const { registry } = settings;
  const named = spec.package ? packageImage(spec.package, settings) : (spec.image ?? '');
  if (named === '') return '';
  const image = spec.imageTag ? `${named}:${spec.imageTag}` : named;
  const provisioned = spec.useProvisionedRegistry ? registry.provisioned : '';
  const other = provisioned || spec.registryOverride;
  if (!other) return image;
  const [first, ...rest] = image.split('/') as [string, ...string[]];
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return `${other}/${hasRegistry ? rest.join('/') : image}`;
}

/** @returns the secrets to pull with: the server's own, else that of the provisioned registry. */
export function pullSecretsOf(
  spec: MCPServerSpec,
  { registry }: RenderSettings,
): { name: string }[] | undefined {
  if (spec.imagePullSecrets) return spec.imagePullSecrets;
  if (!spec.useProvisionedRegistry || !registry.provisioned || !registry.pullSecret) return undefined;
  return [{ name: registry.pullSecret }];
}

/** @returns the same for pods that run the runtime image: its registry may ask for another secret. */
export function runtimePullSecretsOf(
  spec: MCPServerSpec,
  settings: RenderSettings,
): { name: string }[] | undefined {
  const own = pullSecretsOf(spec, settings);
  const { runtimePullSecret: name } = settings;
  if (name === '' || own?.some((one) => one.name === name)) return own;
  return [...(own ?? []), { name }];
}

/** @returns the policy that Kubernetes would choose for a fresh pod, spelled out so that a change of tag takes effect. */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  return isMoving(image) ? 'Always' : 'IfNotPresent';
}
