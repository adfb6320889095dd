/** Parameters of the kernel that a pod has to itself. */
import { Type } from '@sinclair/typebox';
import { ListMap, OneOf } from './schema.ts';

/** Those that Pod Security allows in Kubernetes 1.31, at "baseline" and "restricted", and every kubelet sets. */
export const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
] as const;

export const Sysctls = ListMap(
  'name',
  Type.Object({
    name: OneOf(SAFE_SYSCTLS, { description: 'Name of the parameter.' }),
    value: Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: '^[0-9]+([ ,-][0-9]+)*$',
      description: 'Its value.',
      hint: 'one or more numbers, such as "0" or "1024 65535"',
    }),
  }),
  {
    minItems: 1,
    maxItems: SAFE_SYSCTLS.length,
    description: 'Kernel parameters of the pods: those that Pod Security calls safe.',
  },
);
