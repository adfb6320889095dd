/** Every kind of ours. The hook, the engine and the manifests all read these lists. */
import type { CustomResource } from '../api/crd.ts';
import { mcpServerEntryResource } from '../api/mcpserverentry.ts';
import { mcpServerRegistrationResource } from '../api/mcpserverregistration.ts';
import type { Controller } from './contract.ts';
import { mcpCatalogController } from './mcpcatalog/controller.ts';
import { mcpServerController } from './mcpserver/controller.ts';
import { mcpServerDiagnosisController } from './mcpserverdiagnosis/controller.ts';

/** Every parent kind that this service reconciles. */
export const controllers: readonly Controller[] = [
  mcpServerController,
  mcpServerDiagnosisController,
  mcpCatalogController,
];

/** Kinds that are children and nothing else: one controller writes them and another reads them. People may read them too. */
export const childResources: readonly CustomResource[] = [
  mcpServerEntryResource,
  mcpServerRegistrationResource,
];

/** Every kind that has a CustomResourceDefinition of ours. */
export const resources: readonly CustomResource[] = [
  ...controllers.map(({ resource }) => resource),
  ...childResources,
];
