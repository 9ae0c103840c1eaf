import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { checkAnnotations, checkLabels } from '../metadata.js';
import { checkClaimSpec } from '../storage/claims.js';
import { checkDownward, checkItems } from './files.js';
import { checkLegacyVolume } from './legacy-volumes.js';
import { checkProjected } from './projected.js';
import { looksAt, type PodScope } from './scope.js';

/** @returns name -> kind of source. What names no source is an emptyDir. */
export function volumeKinds(volumes: Fields[]): Map<string, string> {
  return new Map(volumes.map((volume) => [volume['name'] as string, sourcesOf(volume)[0] ?? 'emptyDir']));
}

function sourcesOf(volume: Fields): string[] {
  return Object.keys(volume).filter((field) => field !== 'name' && volume[field] !== null);
}

/** @param podName where it is known: claims that are made with the pod are called after it */
export function checkVolumes(volumes: Fields[], path: Path, scope: PodScope, podName?: string): void {
  const made = new Set(
    podName ? volumes.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${podName}-${name}`) : [],
  );
  for (const [index, volume] of volumes.entries()) {
    const at = [...path, index];
    const sources = sourcesOf(volume);
    if (sources.length > 1) scope.report(at, `a volume has one source; got ${sources.join(' and ')}`);
    else checkVolume(volume, at, scope, podName);
    const claim = volume['persistentVolumeClaim']?.claimName;
    if (made.has(claim))
      scope.report(
        [...at, 'persistentVolumeClaim', 'claimName'],
        `${claim} is the claim of an ephemeral volume of this pod`,
      );
  }
}

function checkVolume(volume: Fields, at: Path, scope: PodScope, podName: string | undefined): void {
  const { report } = scope;
  checkItems(volume['configMap']?.items, [...at, 'configMap', 'items'], report);
  checkItems(volume['secret']?.items, [...at, 'secret', 'items'], report);
  checkDownward(volume['downwardAPI']?.items, [...at, 'downwardAPI', 'items'], report);
  if (volume['projected']) checkProjected(volume['projected'], [...at, 'projected'], scope);
  if (volume['ephemeral']) checkEphemeral(volume['ephemeral'], [...at, 'ephemeral'], report);
  if (volume['ephemeral'] && podName && !formats['dns-subdomain']!(`${podName}-${volume['name']}`))
    report(
      [...at, 'name'],
      `the claim would be called ${podName}-${volume['name']}; expected ${expectedFormat('dns-subdomain')}`,
    );
  if (volume['csi'])
    checkSecretName(volume['csi'].nodePublishSecretRef, [...at, 'csi', 'nodePublishSecretRef'], report, true);
  if (
    volume['image'] &&
    !volume['image'].reference &&
    looksAt(scope.target, scope.isPod ? 'imageVolumes' : 'imageVolumesInTemplates')
  )
    report([...at, 'image', 'reference'], 'must be set', 'missing-field');
  for (const source of ['cinder', 'storageos'])
    checkSecretName(volume[source]?.secretRef, [...at, source, 'secretRef'], report, false);
  checkLegacyVolume(volume, at, report);
}

/** The name of a Secret that is used where the reference is there at all. */
function checkSecretName(reference: Fields | undefined, path: Path, report: Report, strict: boolean): void {
  if (!reference) return;
  if (!reference['name']) report([...path, 'name'], 'must be set', 'missing-field');
  else if (strict && !formats['dns-subdomain']!(reference['name']))
    report([...path, 'name'], `expected ${expectedFormat('dns-subdomain')}; got ${JSON.stringify(reference['name'])}`);
}

function checkEphemeral({ volumeClaimTemplate: template }: Fields, path: Path, report: Report): void {
  if (!template) return report(path, '"volumeClaimTemplate" is missing', 'missing-field');
  const at = [...path, 'volumeClaimTemplate'];
  const { labels, annotations, ...others } = (template.metadata ?? {}) as Fields;
  checkLabels(labels, [...at, 'metadata', 'labels'], report);
  checkAnnotations(annotations ?? {}, [...at, 'metadata', 'annotations'], report);
  for (const [field, value] of Object.entries(others)) {
    // What is empty is not set.
    if (value !== null && value !== '' && value !== 0)
      report([...at, 'metadata', field], 'the claim has labels and annotations only; remove this');
  }
  checkClaimSpec(template.spec ?? {}, [...at, 'spec'], report);
}
