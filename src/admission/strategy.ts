/** What the API server refuses of an update's pace, where no one would hear of it. */
import { invalid, type Rule } from './rule.ts';

/** A Deployment is given up after its deadline, so no pod may take as long to count as available. */
export const readyBeforeDeadline: Rule = ({ spec }, { progressDeadlineSeconds }) => {
  const { minReadySeconds } = spec;
  if (minReadySeconds === undefined || minReadySeconds < progressDeadlineSeconds) return [];
  const detail = `must be less than the setting MCP_PROGRESS_DEADLINE_SECONDS, ${progressDeadlineSeconds}: lower it, or raise the setting`;
  return [invalid(['minReadySeconds'], minReadySeconds, detail)];
};
