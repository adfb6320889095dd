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

/** Of a token's file the API server only warns. */
const SOURCES = ['configMap', 'secret', 'downwardAPI'] as const;

type Source = { [kind in (typeof SOURCES)[number]]?: { items?: { path: string }[] } };

function filesOf(source: Source): { path: string; at: (string | number)[] }[] {
  return SOURCES.flatMap((kind) =>
    (source[kind]?.items ?? []).map(({ path }, index) => ({ path, at: [kind, 'items', index] })),
  );
}
