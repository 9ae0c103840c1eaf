import type { Path } from '../../finding.js';
import type { Fields } from '../../unit/manifest.js';
import type { Workload } from '../../unit/workloads.js';
import type { Report, Rule } from '../rule.js';

type ReportAt = (path: Path, message: string) => void;

/** Volume kinds that the standard lets in. */
const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
/** Sysctls that the standard calls safe. */
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

/**
 * The restricted Pod Security standard, in full.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export const podSecurity: Rule = {
  id: 'pod-security',
  group: 'safety',
  severity: 'error',
  title: 'Pods meet the restricted Pod Security standard.',
  why: 'A namespace that enforces the standard refuses the pods, which shows in the events of a ReplicaSet only. Without enforcement, a hole in the registry becomes a hole in the node.',
  fix: 'Set in the pod: runAsNonRoot: true, seccompProfile RuntimeDefault; in each container: allowPrivilegeEscalation: false and capabilities.drop [ALL]; no host namespaces, ports or paths.',
  check(view, report) {
    for (const workload of view.workloads) checkWorkload(workload, report);
  },
};

function checkWorkload({ object, pod, path, containers }: Workload, report: Report): void {
  const reportAt: ReportAt = (at, message) => report(object, at, message);
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (pod[field]) reportAt([...path, field], "shares the node's");
  for (const [index, volume] of ((pod['volumes'] ?? []) as Fields[]).entries()) {
    const kind = Object.keys(volume).find((field) => field !== 'name');
    if (kind && !VOLUMES.has(kind))
      reportAt(
        [...path, 'volumes', index, kind],
        `a volume of the kind ${kind} is not allowed; use a PersistentVolumeClaim`,
      );
  }
  const own = (pod['securityContext'] ?? {}) as Fields;
  checkContext(own, [...path, 'securityContext'], reportAt);
  for (const [index, { name }] of ((own['sysctls'] ?? []) as Fields[]).entries())
    if (!SYSCTLS.has(name))
      reportAt([...path, 'securityContext', 'sysctls', index, 'name'], `${name} is not among the safe ones`);
  for (const [key, profile] of Object.entries(object.metadata.annotations ?? {})) {
    if (
      key.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
      !/^(runtime\/default|localhost\/.*)$/.test(profile)
    )
      reportAt(['metadata', 'annotations', key], `the AppArmor profile ${profile} is not allowed`);
  }
  for (const { container, path: at } of containers) checkContainer(container, own, at, reportAt);
}

function checkContainer(container: Fields, pod: Fields, path: Path, reportAt: ReportAt): void {
  const own = (container['securityContext'] ?? {}) as Fields;
  const at = [...path, 'securityContext'];
  checkContext(own, at, reportAt);
  if (own['privileged']) reportAt([...at, 'privileged'], 'is privileged: root on the node');
  if (own['allowPrivilegeEscalation'] !== false)
    reportAt(
      own['allowPrivilegeEscalation'] === undefined ? at : [...at, 'allowPrivilegeEscalation'],
      'allowPrivilegeEscalation must be false',
    );
  if ((own['runAsNonRoot'] ?? pod['runAsNonRoot']) !== true)
    reportAt(
      own['runAsNonRoot'] === undefined ? at : [...at, 'runAsNonRoot'],
      'runAsNonRoot must be true, here or in the pod',
    );
  const profile = (own['seccompProfile'] ?? pod['seccompProfile']) as Fields | undefined;
  if (!profile) reportAt(at, 'seccompProfile must be set, here or in the pod: RuntimeDefault or Localhost');
  const { drop = [], add = [] } = (own['capabilities'] ?? {}) as { drop?: string[]; add?: string[] };
  if (!drop.includes('ALL'))
    reportAt(own['capabilities'] === undefined ? at : [...at, 'capabilities'], 'capabilities.drop must have ALL');
  for (const [index, capability] of add.entries())
    if (capability !== 'NET_BIND_SERVICE')
      reportAt([...at, 'capabilities', 'add', index], `the capability ${capability} is not allowed`);
  if (own['procMount'] && own['procMount'] !== 'Default')
    reportAt([...at, 'procMount'], `${own['procMount']} is not allowed`);
  for (const [index, { hostPort }] of ((container['ports'] ?? []) as Fields[]).entries())
    if (hostPort) reportAt([...path, 'ports', index, 'hostPort'], 'takes a port of the node');
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    for (const kind of ['httpGet', 'tcpSocket'])
      if (container[probe]?.[kind]?.host)
        reportAt([...path, probe, kind, 'host'], 'makes the kubelet connect to any host');
  }
  for (const hook of ['postStart', 'preStop']) {
    for (const kind of ['httpGet', 'tcpSocket'])
      if (container['lifecycle']?.[hook]?.[kind]?.host)
        reportAt([...path, 'lifecycle', hook, kind, 'host'], 'makes the kubelet connect to any host');
  }
}

/** What pod and container have in common. */
function checkContext(context: Fields, path: Path, reportAt: ReportAt): void {
  if (context['runAsUser'] === 0) reportAt([...path, 'runAsUser'], 'is root');
  if (context['runAsNonRoot'] === false) reportAt([...path, 'runAsNonRoot'], 'must not be false');
  if (context['seccompProfile']?.type === 'Unconfined')
    reportAt([...path, 'seccompProfile', 'type'], 'Unconfined is not allowed');
  if (context['appArmorProfile']?.type === 'Unconfined')
    reportAt([...path, 'appArmorProfile', 'type'], 'Unconfined is not allowed');
  if (context['windowsOptions']?.hostProcess) reportAt([...path, 'windowsOptions', 'hostProcess'], 'runs as the node');
  const { type = '', user, role } = (context['seLinuxOptions'] ?? {}) as Fields;
  if (!SELINUX_TYPES.has(type))
    reportAt([...path, 'seLinuxOptions', 'type'], `the SELinux type ${type} is not allowed`);
  if (user || role) reportAt([...path, 'seLinuxOptions'], 'an SELinux user or role is not allowed');
}
