/** `dev`: the embedded engine on the current kubeconfig, with what it changes on the screen. */
import { KubeConfig } from '@kubernetes/client-node';
import { type EngineEvent, startEngine } from '../engine/engine.ts';
import { wantedControllers } from '../reconcile/contract.ts';
import { controllers } from '../reconcile/controllers.ts';
import { loadSettings, type RenderSettings } from '../settings.ts';
import { crds } from './crds.ts';

export interface DevOptions {
  installCrds: boolean;
  namespace: string | undefined;
  context: string | undefined;
  /** How often everything is looked at again; undefined: only what changes is. */
  resyncSeconds: number | undefined;
}

/** Runs until SIGINT or SIGTERM. It leaves behind what it applied, and nothing else. */
export async function dev({ installCrds, namespace, context, resyncSeconds }: DevOptions): Promise<void> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  if (context) kubeConfig.setCurrentContext(context);
  // What Metacontroller does is no matter of the engine's.
  const settings: RenderSettings = { ...loadSettings(process.env).render, applyStrategy: 'dev' };
  const engine = await startEngine({
    kubeConfig,
    controllers: wantedControllers(controllers, settings),
    settings,
    crds: crds(),
    installCrds,
    namespace,
    resyncSeconds,
    onEvent: show,
  });
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await engine.stop();
}

function show(event: EngineEvent): void {
  const line = `${new Date().toISOString().slice(11, 19)} ${event.message}\n`;
  (event.type === 'error' ? process.stderr : process.stdout).write(line);
}
