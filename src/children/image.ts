/** What an image reference says about itself. */

/** @returns the policy that Kubernetes would choose for a fresh pod, spelled out so that a change of tag takes effect. */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}
