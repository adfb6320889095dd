/** Every parent kind that this service reconciles. The hook, the engine and the manifests all read this list. */
import type { Controller } from './contract.ts';
import { mcpServerController } from './mcpserver/controller.ts';
import { mcpServerDiagnosisController } from './mcpserverdiagnosis/controller.ts';

export const controllers: readonly Controller[] = [mcpServerController, mcpServerDiagnosisController];
