import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { containersOf, looksAt, type PodScope } from './scope.js';

/** Sysctls that are apart in each pod, as long as it has these namespaces to itself. */
const NAMESPACED: Record<string, RegExp> = {
  hostNetwork: /^net\./,
  hostIPC: /^(kernel\.(sem|shm|shmall|shmmax|shmmni|shm_rmid_forced|msg|msgmax|msgmnb|msgmni)$|fs\.mqueue\.)/,
};

/** What a pod and its containers may do on the node. */
export function checkSecurity(spec: Fields, path: Path, scope: PodScope): void {
  const { report } = scope;
  checkProfiles(spec['securityContext'], [...path, 'securityContext'], report);
  for (const { container, at } of containersOf(spec, path)) {
    checkProfiles(container['securityContext'], [...at, 'securityContext'], report);
    checkPrivileges(container['securityContext'] ?? {}, [...at, 'securityContext'], report);
  }
  checkSysctls(spec, [...path, 'securityContext', 'sysctls'], report);
  checkUserNamespace(spec, path, scope);
  if (spec['shareProcessNamespace'] && spec['hostPID']) report([...path, 'shareProcessNamespace'], 'excludes hostPID');
}

/** Profiles of seccomp and AppArmor, which are on the node where they are not built in. */
function checkProfiles(context: Fields | null | undefined, path: Path, report: Report): void {
  for (const field of ['seccompProfile', 'appArmorProfile']) {
    const profile = context?.[field] as Fields | undefined;
    if (!profile) continue;
    const { type, localhostProfile } = profile;
    const at = [...path, field, 'localhostProfile'];
    const isMissing = field === 'seccompProfile' ? localhostProfile === undefined : !localhostProfile;
    if (type === 'Localhost' && isMissing) report(at, 'must be set for the type Localhost', 'missing-field');
    if (type !== 'Localhost' && localhostProfile !== undefined) report(at, 'belongs to the type Localhost');
  }
}

function checkPrivileges(
  { privileged, allowPrivilegeEscalation, capabilities }: Fields,
  path: Path,
  report: Report,
): void {
  if (allowPrivilegeEscalation === false && (privileged || (capabilities?.add ?? []).includes('CAP_SYS_ADMIN'))) {
    report(
      [...path, 'allowPrivilegeEscalation'],
      `cannot be false where the container ${privileged ? 'is privileged' : 'has CAP_SYS_ADMIN'}`,
    );
  }
}

function checkSysctls(spec: Fields, path: Path, report: Report): void {
  const names = new Set<string>();
  for (const [index, { name }] of ((spec['securityContext']?.sysctls ?? []) as Fields[]).entries()) {
    const at = [...path, index, 'name'];
    if (names.has(name)) report(at, `${name} is there twice`, 'duplicate-item');
    names.add(name);
    for (const [field, pattern] of Object.entries(NAMESPACED)) {
      if (spec[field] && pattern.test(dotted(name))) report(at, `is the node's own where ${field} is true`);
    }
  }
}

/** @returns a sysctl with dots between its parts: where they are slashes, dots are part of a name. */
function dotted(name: string): string {
  return /^[^./]*\//.test(name) ? name.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/')) : name;
}

/** A pod with users of its own shares nothing else with the node, and only such a pod may see all of /proc. */
function checkUserNamespace(spec: Fields, path: Path, { report, target }: PodScope): void {
  if (!looksAt(target, 'userNamespaces')) return;
  const own = spec['hostUsers'] === false;
  for (const field of own ? ['hostNetwork', 'hostPID', 'hostIPC'] : []) {
    if (spec[field]) report([...path, field], 'must not be true where hostUsers is false');
  }
  for (const { container, at } of containersOf(spec, path)) {
    if (own && looksAt(target, 'devicesInUserNamespaces') && (container['volumeDevices'] ?? []).length > 0)
      report([...at, 'volumeDevices'], 'must not be set where hostUsers is false');
    if (!own && container['securityContext']?.procMount === 'Unmasked')
      report([...at, 'securityContext', 'procMount'], 'Unmasked needs hostUsers: false');
  }
}
