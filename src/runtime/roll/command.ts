/** `smooth-runtime roll`: an annotation on the pod template of one Deployment, so that its pods are replaced. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../usage.ts';
import { accountIn, roll } from './roll.ts';

export const usage = `smooth-runtime roll --deployment NAMESPACE/NAME --annotation KEY=VALUE: replace the pods of a Deployment

  --deployment NAMESPACE/NAME  which one
  --annotation KEY=VALUE       what its pod template is to carry; where it does already, nothing is written
  --service-account DIR        token and ca.crt of the account, by default where a pod has them
  --timeout SECONDS            for everything, 60 by default
  --termination-message FILE   write the report there too, as JSON

The API server: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, as every pod has them.
Exit status: 0 the pod template carries it; 1 it does not; 2 wrong use.
`;

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DEPLOYMENT = new RegExp(`^(${LABEL})/(${LABEL}([.]${LABEL})*)$`);
const ANNOTATION = /^((?:[a-z0-9.-]+\/)?[A-Za-z0-9._-]+)=([A-Za-z0-9._-]{1,253})$/;

/** As `main.ts` has it. */
export async function run(args: string[]): Promise<number> {
  const values = parsed(args);
  const [, namespace, , name] = DEPLOYMENT.exec(values.deployment ?? '') ?? [];
  if (!namespace || !name) throw new UsageError('--deployment: must be NAMESPACE/NAME');
  const [, key, value] = ANNOTATION.exec(values.annotation ?? '') ?? [];
  if (!key || !value) throw new UsageError('--annotation: must be KEY=VALUE');
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (!host) throw new UsageError('KUBERNETES_SERVICE_HOST is not set: this runs in a pod');
  const report = await roll({
    server: { host, port: Number(port) },
    account: accountOf(values['service-account'] ?? ACCOUNT),
    deployment: { namespace, name },
    annotation: { key, value },
    timeoutMs: secondsOf(values.timeout) * 1000,
  });
  const file = values['termination-message'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(report));
  process.stdout.write(`${report.reason}: ${report.message}\n`);
  return report.reason === 'Stamped' ? 0 : 1;
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        deployment: { type: 'string' },
        annotation: { type: 'string' },
        'service-account': { type: 'string' },
        timeout: { type: 'string' },
        'termination-message': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function accountOf(folder: string) {
  try {
    return accountIn(folder);
  } catch (error) {
    throw new UsageError(`--service-account ${folder}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function secondsOf(text = '60'): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--timeout ${text}: must be whole seconds`);
  return Number(text);
}
