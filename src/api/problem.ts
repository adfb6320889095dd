/** What is wrong with an object, field by field. */
import { formatPath, type Path } from './sites.ts';

/** One thing that is wrong with an object. */
export interface Problem {
  path: Path;
  /** `Required value`, `Invalid value: ...`: what `kubectl` shows behind the field. */
  detail: string;
}

export function formatProblem(problem: Problem): string {
  return `${formatPath(problem.path)}: ${problem.detail}`;
}

/** @returns the problems by field, so that the order of maps makes no difference to a message. */
export function inOrder(problems: Problem[]): Problem[] {
  return problems
    .map((problem) => ({ problem, text: formatProblem(problem) }))
    .sort((a, b) => a.text.localeCompare(b.text, 'en', { numeric: true }))
    .map(({ problem }) => problem);
}
