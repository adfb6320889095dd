import type { TSchema } from '@sinclair/typebox';
import t from 'tap';
import { FOREIGN_FIELDS } from '../../src/api/foreignfields.ts';
import { MCPServerSpec, mcpServerResource } from '../../src/api/mcpserver.ts';
import { validatorOf } from '../../src/api/validate.ts';

const validator = validatorOf(mcpServerResource);
const hint = (spec: object) => validator.unknownFields({ spec }).map(({ detail }) => detail);

t.test('a field that belongs elsewhere is told where', async (t) => {
  const misplaced: [object, RegExp][] = [
    [{ pod: { strategy: {} } }, /did you mean spec\.strategy$/],
    [{ pod: { minReadySeconds: 5 } }, /did you mean spec\.minReadySeconds$/],
    [{ service: { port: 80 } }, /did you mean spec\.port$/],
    [{ nodeSelector: {} }, /did you mean spec\.pod\.nodeSelector$/],
    [{ env: [{ name: 'A', image: 'x' }] }, /did you mean spec\.image$/],
    [{ pod: { readinessProbe: {} } }, /did you mean spec\.observability\.healthProbes\.readiness$/],
    [{ pod: { healthProbes: {} } }, /did you mean spec\.observability\.healthProbes$/],
  ];
  for (const [spec, said] of misplaced) t.match(hint(spec), [said], JSON.stringify(spec));
});

t.test('what a probe of a pod says within a handler, a probe of ours says itself', async (t) => {
  const probe = (readiness: object) => hint({ observability: { healthProbes: { readiness } } });
  t.match(probe({ httpGet: { path: '/health' } }), [
    /path, port, scheme and httpHeaders stand here without it$/,
  ]);
  t.match(probe({ tcpSocket: { port: 80 } }), [/port stands here without it$/]);
});

t.test('a name that is nearly right is told the one of the same object', async (t) => {
  const slips: [object, RegExp][] = [
    [{ imagePullSecret: [] }, /did you mean imagePullSecrets$/],
    [{ route: { hostname: 'a.example.com' } }, /did you mean hostnames$/],
    [{ pod: { volumes: [{ name: 'a', secret: { name: 'b' } }] } }, /did you mean secretName$/],
    [{ pod: { volumes: [{ name: 'a', persistentVolumeClaim: { name: 'b' } }] } }, /did you mean claimName$/],
    [{ pod: { nodeselector: {} } }, /did you mean nodeSelector$/],
  ];
  for (const [spec, said] of slips) t.match(hint(spec), [said], JSON.stringify(spec));
});

t.test('a field of a Pod, a Deployment or a Service is told where it belongs here', async (t) => {
  const foreign: [object, RegExp][] = [
    [{ pod: { containers: [] } }, /did you mean spec\.pod\.sidecars$/],
    [{ pod: { initContainers: [{ restartPolicy: 'Always' }] } }, /did you mean spec\.pod\.sidecars$/],
    [{ pod: { initContainers: [{ startupProbe: {} }] } }, /did you mean spec\.pod\.sidecars$/],
    [
      { pod: { sidecars: [{}, { startupProbe: { path: '/' } }] } },
      /did you mean spec\.pod\.sidecars\[1\]\.startupProbe\.httpGet\.path$/,
    ],
    [{ automountServiceAccountToken: true }, /did you mean spec\.serviceAccount\.automountToken$/],
    [{ livenessProbe: {} }, /did you mean spec\.observability\.healthProbes\.liveness$/],
    [{ labels: {} }, /did you mean spec\.extraLabels, spec\.pod\.labels$/],
    [{ podSecurityContext: {} }, /did you mean spec\.pod\.securityContext$/],
    [{ serviceType: 'NodePort' }, /did you mean spec\.service\.type$/],
    [{ targetPort: 80 }, /did you mean spec\.port$/],
    [{ tls: [] }, /did you mean spec\.scheme, spec\.ingress\.tlsSecretName$/],
    [{ rbac: {} }, /there is none: .*docs\/kubernetes-access\.md$/],
    [{ pod: { hostNetwork: true } }, /there is none: /],
  ];
  for (const [spec, said] of foreign) t.match(hint(spec), [said], JSON.stringify(spec));
});

t.test('where a field of another kind belongs, there is one, and where it stood there is none', async (t) => {
  for (const [field, belongs] of FOREIGN_FIELDS) {
    t.notOk(isField(field), `${field} is foreign`);
    for (const place of typeof belongs === 'string' ? [] : belongs) t.ok(isField(place), place);
  }
});

t.test('a field of no such name gets those that begin alike, or all that are known', async (t) => {
  t.match(hint({ imageRegistry: 'x' }), [/did you mean image, imagePullPolicy, imagePullSecrets/]);
  t.match(hint({ serviceAccount: { tokens: true } }), [/known here: annotations, automountToken/]);
});

/** Whether a spec has a field, written as in the reference. */
function isField(field: string): boolean {
  let at: TSchema | undefined = MCPServerSpec;
  for (const step of field.split('.').slice(1)) {
    at = at?.properties?.[step.replace('[]', '')] as TSchema | undefined;
    if (step.endsWith('[]')) at = at?.items as TSchema | undefined;
  }
  return at !== undefined;
}
