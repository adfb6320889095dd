/** MCPServerDiagnosis as the hook, the engine and the manifests know it. */
import { mcpServerDiagnosisResource } from '../../api/mcpserverdiagnosis.ts';
import { validatorOf } from '../../api/validate.ts';
import type { Controller } from '../contract.ts';
import { DIAGNOSIS } from '../mcpserver/kinds.ts';
import { customize } from './customize.ts';
import { sync } from './sync.ts';

const validator = validatorOf(mcpServerDiagnosisResource);

export const mcpServerDiagnosisController: Controller = {
  parent: DIAGNOSIS,
  isInternal: true,
  children: [],
  resource: mcpServerDiagnosisResource,
  check: (object) => {
    const parent = validator.withDefaults(object);
    return { parent, problems: validator.validate(parent), unknown: validator.unknownFields(parent) };
  },
  render: () => [],
  admit: () => ({ problems: [], warnings: [] }),
  admitScale: () => ({ problems: [], warnings: [] }),
  customize,
  sync,
};
