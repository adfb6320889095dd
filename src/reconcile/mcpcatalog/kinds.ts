/** The kinds of object that an MCPCatalog has to do with. */
import type { ChildKind } from '../contract.ts';
import { CONFIG_MAP, DEPLOYMENT, ENTRY, POD, REGISTRATION, SERVICE } from '../mcpserver/kinds.ts';

export { CONFIG_MAP, DEPLOYMENT, ENTRY, POD, SERVICE };

const { feature: _, ...registration } = REGISTRATION;
/** Where there are catalogs, there are these: the controller itself goes with the feature. */
export const REGISTRATION_CHILD: ChildKind = registration;

/** In the order in which they are applied: what is published, then what is told of it. */
export const CHILDREN: readonly ChildKind[] = [CONFIG_MAP, SERVICE, DEPLOYMENT, REGISTRATION_CHILD, POD];
