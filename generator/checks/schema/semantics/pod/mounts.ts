import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';

/** @param volumes of the pod: name -> kind of source */
export function checkMounts(container: Fields, path: Path, report: Report, volumes: ReadonlyMap<string, string>): void {
  const mounts = (container['volumeMounts'] ?? []) as Fields[];
  const devices = (container['volumeDevices'] ?? []) as Fields[];
  for (const [index, mount] of mounts.entries())
    checkMount(
      mount,
      [...path, 'volumeMounts', index],
      report,
      volumes,
      Boolean(container['securityContext']?.privileged),
    );
  for (const [index, device] of devices.entries())
    checkDevice(device, [...path, 'volumeDevices', index], report, volumes);
  checkOverlaps(mounts, devices, [...path, 'volumeDevices'], report);
}

function checkMount(
  mount: Fields,
  at: Path,
  report: Report,
  volumes: ReadonlyMap<string, string>,
  privileged: boolean,
): void {
  const { name, subPath, subPathExpr, mountPropagation, recursiveReadOnly, readOnly } = mount;
  if (!volumes.has(name))
    report(
      [...at, 'name'],
      `there is no volume "${name}"${volumes.size > 0 ? `; there are ${[...volumes.keys()].join(', ')}` : ''}`,
    );
  if (subPath && subPathExpr) report([...at, 'subPathExpr'], 'subPath and subPathExpr exclude each other');
  if (mountPropagation === 'Bidirectional' && !privileged)
    report([...at, 'mountPropagation'], 'Bidirectional needs a privileged container');
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return;
  if (!readOnly) report([...at, 'recursiveReadOnly'], `${recursiveReadOnly} needs readOnly: true`);
  if (mountPropagation && mountPropagation !== 'None')
    report([...at, 'recursiveReadOnly'], `${recursiveReadOnly} excludes the mountPropagation ${mountPropagation}`);
}

function checkDevice({ name }: Fields, at: Path, report: Report, volumes: ReadonlyMap<string, string>): void {
  const kind = volumes.get(name);
  if (kind === undefined) report([...at, 'name'], `there is no volume "${name}"`);
  else if (kind !== 'persistentVolumeClaim' && kind !== 'ephemeral')
    report(
      [...at, 'name'],
      `expected a volume that is a persistentVolumeClaim or ephemeral; ${name} has the source ${kind}`,
    );
}

function checkOverlaps(mounts: Fields[], devices: Fields[], path: Path, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { name, devicePath }] of devices.entries()) {
    if (mounts.some((mount) => mount['name'] === name))
      report([...path, index, 'name'], `the volume ${name} is mounted already`);
    if (mounts.some((mount) => mount['mountPath'] === devicePath))
      report([...path, index, 'devicePath'], `a volume is mounted at ${devicePath} already`);
    if (seen.has(name)) report([...path, index, 'name'], `the volume ${name} is there twice`, 'duplicate-item');
    seen.add(name);
  }
}
