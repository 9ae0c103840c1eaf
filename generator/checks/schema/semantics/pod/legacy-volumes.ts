/** Kinds of volumes that were built into Kubernetes, before there was CSI. What one field alone must be is in constraints.yaml. */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';

type Check = (source: Fields, path: Path, report: Report) => void;

const checks: Record<string, Check> = {
  azureDisk: checkAzureDisk,
  fc: checkFibreChannel,
  flexVolume: checkFlexVolume,
  flocker: checkFlocker,
  iscsi: checkIscsi,
};

/** The source of a volume, where it is one of these. */
export function checkLegacyVolume(volume: Fields, path: Path, report: Report): void {
  for (const [source, check] of Object.entries(checks))
    if (volume[source]) check(volume[source], [...path, source], report);
}

function checkAzureDisk({ kind, diskURI }: Fields, path: Path, report: Report): void {
  const start = kind === 'Managed' ? '/subscriptions/' : 'https://';
  if (!String(diskURI).startsWith(start))
    report(
      [...path, 'diskURI'],
      `expected a URI that begins with ${start} for a disk of the kind ${kind || 'Shared'}; got ${JSON.stringify(diskURI)}`,
    );
}

function checkFibreChannel({ targetWWNs, wwids, lun }: Fields, path: Path, report: Report): void {
  const targets = (targetWWNs ?? []).length > 0;
  if (targets === (wwids ?? []).length > 0)
    report(
      path,
      targets ? 'targetWWNs and wwids exclude each other' : 'one of targetWWNs and wwids is needed',
      targets ? 'invalid-value' : 'missing-field',
    );
  if (targets && (typeof lun !== 'number' || lun < 0 || lun > 255))
    report([...path, 'lun'], `expected a number from 0 to 255; got ${lun ?? 'nothing'}`);
}

function checkFlexVolume({ options }: Fields, path: Path, report: Report): void {
  for (const name of Object.keys(options ?? {})) {
    const domain = name.replace(/\/.*$/s, '').toLowerCase();
    if (/(^|\.)(kubernetes|k8s)\.io$/.test(domain))
      report([...path, 'options', name], "kubernetes.io and k8s.io are Kubernetes' own");
  }
}

function checkFlocker({ datasetName, datasetUUID }: Fields, path: Path, report: Report): void {
  if (datasetName && datasetUUID) report([...path, 'datasetUUID'], 'datasetName and datasetUUID exclude each other');
  if (!datasetName && !datasetUUID) report(path, 'one of datasetName and datasetUUID is needed', 'missing-field');
}

function checkIscsi({ chapAuthDiscovery, chapAuthSession, secretRef }: Fields, path: Path, report: Report): void {
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef)
    report([...path, 'secretRef'], 'must be set for CHAP', 'missing-field');
}
