/** MCPServer: from one request to its children and status. */
import { formatProblem } from '../../api/problem.ts';
import type { Context, SyncRequest, SyncResponse } from '../contract.ts';
import { choiceOf } from './choice.ts';
import { diagnosisOf } from './diagnosis.ts';
import { entryOf } from './entry.ts';
import { HOLDS } from './holds.ts';
import { absent, askAgainAfter, lost } from './missing.ts';
import { momentOf } from './moment.ts';
import { isServing, type Observation } from './observation.ts';
import { partsOf } from './parts.ts';
import { isFresh, PATIENCE_MS } from './patience.ts';
import { planOf } from './plan.ts';
import { registrationOf } from './registration.ts';
import { progressOf } from './rollout.ts';
import { statusOf } from './status.ts';
import { endOf } from './verification/reading.ts';
import { holdOf, verificationOf } from './verification.ts';
import { viewOf } from './view.ts';

export function sync(request: SyncRequest, context: Context): SyncResponse {
  const view = viewOf(request, context);
  const choice = choiceOf(view);
  const plan = HOLDS.reduce((held, hold) => hold(held, view), planOf(choice, view));
  const rollout = progressOf(plan, view);
  const diagnosis = diagnosisOf(view, rollout);
  const { missing, awaited } = absent(plan, view);
  const moment = momentOf(view.server, view.deployment, endOf(view.verifier), view.now);
  const service = view.service !== undefined;
  const serves = isServing({ service, rollout, replicas: view.replicas });
  const verification = verificationOf(plan, view, rollout, { isServing: serves, moment });
  const parts = plan.rendered ? partsOf(plan.rendered, request, view.settings, plan.addresses) : [];
  const registration = registrationOf(plan.rendered, view);

  const observation: Observation = {
    moment,
    problems: choice.problems.map(formatProblem),
    tolerated: choice.tolerated.map(formatProblem),
    rendered: plan.rendered,
    kept: plan.children.length > 0,
    replicas: view.replicas,
    rollout,
    podTrouble: diagnosis.trouble,
    service,
    conflicts: plan.conflicts,
    terminating: plan.terminating,
    waiting: plan.waiting,
    lacksRuntime: plan.lacksRuntime,
    missing,
    awaited: [...awaited, ...lost(plan, view, rollout.stage === 'complete')],
    applied: plan.applied,
    parts: [...parts, verification.part, registration.part].filter((one) => one !== undefined),
    told: verification.told,
    unverified: holdOf(verification),
  };
  const status = statusOf(view.server, observation, context);
  const entry = entryOf(plan.rendered, view, status);
  // Nobody else would say that the External Secrets Operator says nothing.
  const patience = plan.waiting.length > 0 && isFresh(status, view.now) ? PATIENCE_MS / 1000 : undefined;
  const waits = [
    diagnosis.lookAgainAfter,
    patience,
    askAgainAfter(plan, view),
    verification.lookAgainAfter,
    entry.lookAgainAfter,
    registration.lookAgainAfter,
  ].filter((one) => one !== undefined);
  const resyncAfterSeconds = waits.length > 0 ? Math.min(...waits) : undefined;
  return {
    status,
    children: [...plan.children, ...diagnosis.children, ...verification.children, ...entry.children],
    ...(resyncAfterSeconds ? { resyncAfterSeconds } : {}),
  };
}
