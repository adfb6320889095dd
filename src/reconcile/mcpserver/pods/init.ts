/** An init container that goes on and on: nothing after it starts until it ends. */
import { logsOf, type PodView, type Sighting, sinceOf, timeOf } from './pod.ts';

export function initRuns(view: PodView): Sighting | undefined {
  const running = view.containers.find(({ part, status }) => part === 'init' && status.state?.running);
  return (
    running && {
      reason: 'PodInitializing',
      message: `${running.label} still runs, and the server starts only once it has ended`,
      since: timeOf(running.status.state?.running?.startedAt) ?? sinceOf(view, 'Initialized'),
      lasting: true,
      next: logsOf(view, running),
    }
  );
}
