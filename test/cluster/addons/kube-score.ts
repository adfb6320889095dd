/** What kube-score, a linter of others' making, finds in manifests. */
import { binaries } from '../binaries.ts';
import { finish } from '../process.ts';
import { kubeScore as build, KUBERNETES } from '../versions.ts';

export interface ScoreFinding {
  /** KIND/NAME. */
  object: string;
  /** The check's id, which is what `ignore` and kube-score's own annotation name. */
  check: string;
  severity: 'critical' | 'warning';
  message: string;
}

interface ScoredObject {
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: {
    check: { id: string; name: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

const CRITICAL = 1;
const WARNING = 5;

/**
 * @param manifests all that belongs together: some checks look from one object to another.
 * @param ignore ids of checks that are not made.
 * @returns what is critical or a warning.
 */
export async function kubeScore(manifests: object[], ignore: string[] = []): Promise<ScoreFinding[]> {
  const find = await binaries([build]);
  const [, minor] = KUBERNETES.split('.');
  const args = [
    'score',
    '--output-format=json',
    `--kubernetes-version=v1.${minor}`,
    ...ignore.map((check) => `--ignore-test=${check}`),
    '-',
  ];
  const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n');
  // It fails both for a finding and for what it cannot read: only in the first case is there a report. Of a ServiceAccount
  // alone it has none.
  const { stdout, stderr } = await finish(find('kube-score'), args, { input, allowFailure: true });
  if (stdout.trim() === 'null') return [];
  if (!stdout.startsWith('[')) throw new Error(`kube-score: ${stderr || stdout}`);
  return (JSON.parse(stdout) as ScoredObject[]).flatMap(findings).sort(byObjectAndCheck);
}

/** It reports in the order of a map. */
function byObjectAndCheck(one: ScoreFinding, other: ScoreFinding): number {
  return one.object.localeCompare(other.object) || one.check.localeCompare(other.check);
}

function findings({ type_meta, object_meta, checks }: ScoredObject): ScoreFinding[] {
  return checks
    .filter(({ grade, skipped }) => !skipped && grade <= WARNING)
    .map(({ check, grade, comments }) => ({
      object: `${type_meta.kind}/${object_meta.name}`,
      check: check.id,
      severity: grade <= CRITICAL ? 'critical' : 'warning',
      message: (comments ?? [])
        .map(({ path, summary }) => [path, summary].filter(Boolean).join(': '))
        .join('; '),
    }));
}
