/** What the API server refuses of volumes, where no one would hear of it. */
import { invalid, type Rule } from './rule.ts';

/** Two sources that write one file are refused by the API server; within one source, list keys see to it. */
export const projectedFilesDiffer: Rule = ({ spec }) =>
  (spec.pod?.volumes ?? []).flatMap(({ projected }, volume) => {
    const seen = new Set<string>();
    return (projected?.sources ?? []).flatMap((source, index) =>
      filesOf(source).flatMap(({ path, at }) => {
        if (!seen.has(path)) {
          seen.add(path);
          return [];
        }
        const field = ['pod', 'volumes', volume, 'projected', 'sources', index, ...at, 'path'];
        return [invalid(field, path, 'another source of the volume writes this file already')];
      }),
    );
  });

interface Source {
  configMap?: { items?: { path: string }[] };
  secret?: { items?: { path: string }[] };
  downwardAPI?: { items?: { path: string }[] };
  serviceAccountToken?: { path: string };
}

function filesOf({
  serviceAccountToken: token,
  ...sources
}: Source): { path: string; at: (string | number)[] }[] {
  const files = Object.entries(sources).flatMap(([kind, { items = [] }]) =>
    items.map(({ path }, index) => ({ path, at: [kind, 'items', index] })),
  );
  return token ? [...files, { path: token.path, at: ['serviceAccountToken'] }] : files;
}
