/** What happens to a container after its start and before its end, in the names and forms of the core Pod API. */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { ExecAction, HttpGetAction, serverTarget } from './handlers.ts';
import { exactlyOne } from './schema.ts';

/** @param target the fields that say which port is asked, and how. */
export function Lifecycle<Target extends Record<'port' | 'scheme', TSchema>>(
  target: Target,
  description: string,
  preStop: string,
) {
  const handler = (what: string) =>
    Type.Optional(
      Type.Object(
        {
          exec: Type.Optional(ExecAction),
          httpGet: Type.Optional(HttpGetAction(target)),
          sleep: Type.Optional(
            Type.Object(
              {
                seconds: Type.Integer({
                  minimum: 1,
                  maximum: 86400,
                  format: 'int64',
                  description: 'Seconds, at most `pod.terminationGracePeriodSeconds`.',
                }),
              },
              { description: "Waits; it is the kubelet's own, so the image needs no shell for it." },
            ),
          ),
        },
        { description: what, 'x-kubernetes-validations': [exactlyOne(['exec', 'httpGet', 'sleep'])] },
      ),
    );
  return Type.Object(
    {
      postStart: handler('At once after the container has started. Where it fails, the container is ended.'),
      preStop: handler(preStop),
    },
    { description },
  );
}

export const ServerLifecycle = Lifecycle(
  serverTarget,
  'What happens to the server after its start and before its end.',
  "Before SIGTERM, within the time that the pod has to end. It replaces the operator's own, a sleep of ten seconds in which calls are still taken.",
);

export type Lifecycle = Static<typeof ServerLifecycle>;
