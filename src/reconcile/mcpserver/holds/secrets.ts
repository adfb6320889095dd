/** Pods that cannot start yet, for a Secret is not there, are not made: what runs stays as it is, with all that it needs. */
import { type Hold, isNew } from '../plan.ts';
import { keepRunning } from './running.ts';

export const secrets: Hold = (plan, view) =>
  plan.waiting.length > 0 && isNew(plan, view) ? keepRunning(plan, view) : plan;
