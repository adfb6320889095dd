/** How the API server admits: pods at Pod Security "restricted" wherever a namespace does not say otherwise; and what it shows to webhooks. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { authority } from '../certify.ts';

/** The common name of the certificate that the API server shows to every webhook. */
export const WEBHOOK_CLIENT = 'kube-apiserver';

export interface AdmissionFiles {
  /** For the API server's `--admission-control-config-file`. */
  config: string;
  /** What signed the certificate that it shows to webhooks, PEM. */
  webhookClientCa: string;
}

export async function writeAdmissionFiles(dir: string): Promise<AdmissionFiles> {
  const at = (name: string) => path.join(dir, name);
  const clients = authority(at('webhook-client'));
  const shown = clients.issue(WEBHOOK_CLIENT);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const user = { 'client-certificate-data': base64(shown.cert), 'client-key-data': base64(shown.key) };
  const kubeconfig = at('webhook.kubeconfig');
  const secret = { mode: 0o600 };
  await writeFile(
    kubeconfig,
    JSON.stringify({ apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user }] }),
    secret,
  );
  const plugins = [
    {
      name: 'ValidatingAdmissionWebhook',
      configuration: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'WebhookAdmissionConfiguration',
        kubeConfigFile: kubeconfig,
      },
    },
    {
      name: 'PodSecurity',
      configuration: {
        apiVersion: 'pod-security.admission.config.k8s.io/v1',
        kind: 'PodSecurityConfiguration',
        defaults: { enforce: 'restricted', 'enforce-version': 'latest' },
        // The cluster's own, such as its DNS.
        exemptions: { namespaces: ['kube-system'] },
      },
    },
  ];
  const config = at('admission.json');
  await writeFile(
    config,
    JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins }),
  );
  return { config, webhookClientCa: clients.ca };
}
