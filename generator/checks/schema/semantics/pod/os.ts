/** What Linux and Windows have of their own. */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { containersOf, type PodScope } from './scope.js';

const LINUX_ONLY = {
  spec: ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'],
  pod: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'fsGroup',
    'fsGroupChangePolicy',
    'sysctls',
    'runAsUser',
    'runAsGroup',
    'supplementalGroups',
    'supplementalGroupsPolicy',
    'seLinuxChangePolicy',
  ],
  container: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'capabilities',
    'readOnlyRootFilesystem',
    'privileged',
    'allowPrivilegeEscalation',
    'procMount',
    'runAsUser',
    'runAsGroup',
  ],
};

/** Fields that do not fit the operating system that the pod names. */
export function checkOs(spec: Fields, path: Path, { report }: PodScope): void {
  const os = spec['os']?.name;
  const refuse = (fields: Fields | null | undefined, names: string[], at: Path): void => {
    for (const name of names) {
      const value = fields?.[name];
      if (isSet(name, value))
        report([...at, name], os === 'windows' ? 'a pod on Windows has none' : 'a pod on Linux has none');
    }
  };
  const only =
    os === 'windows'
      ? LINUX_ONLY
      : os === 'linux'
        ? { spec: [], pod: ['windowsOptions'], container: ['windowsOptions'] }
        : undefined;
  if (only) {
    refuse(spec, only.spec, path);
    refuse(spec['securityContext'], only.pod, [...path, 'securityContext']);
    for (const { container, at } of containersOf(spec, path))
      refuse(container['securityContext'], only.container, [...at, 'securityContext']);
  }
  checkHostProcess(spec, path, report);
}

function isSet(name: string, value: unknown): boolean {
  if (name === 'hostPID' || name === 'hostIPC') return value === true;
  return value !== undefined && value !== null && !(name === 'sysctls' && (value as unknown[]).length === 0);
}

/** Windows' containers that are processes of the node: all of a pod, or none. */
function checkHostProcess(spec: Fields, path: Path, report: Report): void {
  const ofPod = spec['securityContext']?.windowsOptions?.hostProcess as boolean | undefined;
  const containers = containersOf(spec, path).map(({ container, at }) => ({
    own: container['securityContext']?.windowsOptions?.hostProcess as boolean | undefined,
    at: [...at, 'securityContext', 'windowsOptions', 'hostProcess'],
  }));
  if (ofPod !== undefined) {
    for (const { own, at } of containers)
      if (own !== undefined && own !== ofPod) report(at, `must be the pod's, ${ofPod}; got ${own}`);
  }
  const other = containers.find(({ own }) => !(own ?? ofPod));
  if (!containers.some(({ own }) => own ?? ofPod)) return;
  if (other) report(other.at, 'must be true where it is of another container of the pod');
  if (!spec['hostNetwork']) report([...path, 'hostNetwork'], 'must be true where containers are processes of the node');
}
