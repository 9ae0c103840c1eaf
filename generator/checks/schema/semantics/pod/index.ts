/** Pods, and templates of pods, which are checked a bit less: their pods get more defaults, and are checked again. */
import type { Path } from '../../../finding.js';
import type { Target } from '../../keywords.js';
import type { Fields, Report } from '../report.js';
import { checkAnnotations, checkLabels } from '../metadata.js';
import { checkAffinity } from './affinity.js';
import { checkPodAnnotations, checkProfileAnnotations } from './annotations.js';
import { checkContainers } from './containers.js';
import { checkOs } from './os.js';
import { checkHostPorts } from './ports.js';
import { checkClaims, checkPodResources, checkResources } from './resources.js';
import { looksAt, type PodScope } from './scope.js';
import { checkSecurity } from './security.js';
import { checkSpread } from './spread.js';
import { checkTolerations } from './tolerations.js';
import { checkVolumes, volumeKinds } from './volumes.js';

/** Characters that the list of search domains has in all, with a space between them. */
const MAX_SEARCHES = 2048;

export function checkPod({ metadata, spec }: Fields, report: Report, target: Target): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0)
    report(['spec', 'nodeName'], 'must not be set where there are schedulingGates');
  if (spec.overhead && !spec.runtimeClassName)
    report(['spec', 'overhead'], "is a RuntimeClass's, and there is no runtimeClassName; remove this");
  checkPodAnnotations(metadata?.annotations ?? {}, spec, ['metadata', 'annotations'], report);
  checkProfileAnnotations(metadata?.annotations ?? {}, spec, ['spec'], report, true);
  checkPodSpec(
    spec,
    ['spec'],
    { report, target, isPod: true, labels: metadata?.labels ?? {} },
    { podName: metadata?.name },
  );
}

/** @param claims of a StatefulSet, which are volumes too */
export function checkPodTemplate(
  { metadata, spec }: Fields,
  path: Path,
  report: Report,
  target: Target,
  claims: string[] = [],
): void {
  const annotations = (metadata?.annotations ?? {}) as Record<string, string>;
  checkLabels(metadata?.labels, [...path, 'metadata', 'labels'], report);
  checkAnnotations(annotations, [...path, 'metadata', 'annotations'], report);
  if (!spec) return report(path, '"spec" is missing', 'missing-field');
  checkPodAnnotations(annotations, spec, [...path, 'metadata', 'annotations'], report);
  checkProfileAnnotations(annotations, spec, [...path, 'spec'], report, false);
  checkPodSpec(spec, [...path, 'spec'], { report, target, isPod: false, labels: {} }, { claims });
}

function checkPodSpec(
  spec: Fields,
  path: Path,
  scope: PodScope,
  { podName, claims = [] }: { podName?: string; claims?: string[] },
): void {
  const { report } = scope;
  const volumes = (spec['volumes'] ?? []) as Fields[];
  checkVolumes(volumes, [...path, 'volumes'], scope, podName);
  checkContainers(
    spec,
    path,
    scope,
    new Map([...volumeKinds(volumes), ...claims.map((name): [string, string] => [name, 'persistentVolumeClaim'])]),
  );
  checkHostPorts(spec, path, scope);
  checkClaims(spec, path, scope);
  checkPodResources(spec, path, scope);
  if (spec['overhead']) checkOverhead(spec['overhead'], [...path, 'overhead'], report);
  checkTolerations(spec['tolerations'] ?? [], [...path, 'tolerations'], report);
  checkSpread(spec['topologySpreadConstraints'] ?? [], [...path, 'topologySpreadConstraints'], scope);
  checkAffinity(spec['affinity'] ?? {}, [...path, 'affinity'], scope);
  checkSecurity(spec, path, scope);
  checkOs(spec, path, scope);
  checkNames(spec, path, scope);
}

/** What the pod's sandbox takes is told as limits are. */
function checkOverhead(overhead: Fields, path: Path, report: Report): void {
  checkResources({ limits: overhead }, [], (at, message, rule) => report([...path, ...at.slice(1)], message, rule));
}

/** What the pod is called, and how it finds others. */
function checkNames(spec: Fields, path: Path, { report, target }: PodScope): void {
  if (spec['dnsPolicy'] === 'None' && (spec['dnsConfig']?.nameservers ?? []).length === 0) {
    report([...path, 'dnsConfig', 'nameservers'], 'dnsPolicy None needs at least one name server', 'missing-field');
  }
  const searches = ((spec['dnsConfig']?.searches ?? []) as string[]).join(' ').length;
  if (searches > MAX_SEARCHES)
    report([...path, 'dnsConfig', 'searches'], `expected at most ${MAX_SEARCHES} characters in all; got ${searches}`);
  if (spec['hostnameOverride'] === undefined || !looksAt(target, 'hostnameOverride')) return;
  for (const field of ['setHostnameAsFQDN', 'hostNetwork'])
    if (spec[field]) report([...path, 'hostnameOverride'], `must not be set where ${field} is true`);
}
