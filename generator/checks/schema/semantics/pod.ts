import { parseQuantity } from '../../../config/index.js';
import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats.js';
import type { Fields, Report } from './index.js';
import { checkLabelSelector, checkRequirements } from './selectors.js';
import { checkVolumes } from './volumes.js';

const DEFAULT_GRACE_SECONDS = 30;
/** What a container's resources may be, beside names with a domain. */
const STANDARD_RESOURCES = ['cpu', 'memory', 'ephemeral-storage'];
/** Fields of a pod that a variable may be filled from. */
const ENV_FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'];

export function checkPod({ metadata, spec }: Fields, report: Report): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  checkPodSpec(spec, ['spec'], report);
  for (const [index, name] of ((metadata?.finalizers ?? []) as string[]).entries()) {
    if (!name.includes('/') && !['orphan', 'foregroundDeletion', 'kubernetes'].includes(name)) report(['metadata', 'finalizers', index], `expected a name with a domain such as example.com/wait; got ${JSON.stringify(name)}`);
  }
  if (spec.preemptionPolicy === '') report(['spec', 'preemptionPolicy'], 'must not be empty');
  for (const list of ['containers', 'initContainers']) {
    for (const [index, { image }] of ((spec[list] ?? []) as Fields[]).entries()) {
      // Templates may have it, and their pods then cannot be created: that is the rule image-reference.
      if (typeof image === 'string' && image !== image.trim()) report(['spec', list, index, 'image'], `expected no spaces around it; got ${JSON.stringify(image)}`);
    }
  }
}

/** @param claims of a StatefulSet, which are volumes too */
export function checkPodSpec(spec: Fields, path: Path, report: Report, claims: string[] = []): void {
  const volumes = [...((spec['volumes'] ?? []) as Fields[]).map(({ name }) => name as string), ...claims];
  checkVolumes(spec['volumes'] ?? [], [...path, 'volumes'], report);
  const grace = spec['terminationGracePeriodSeconds'] ?? DEFAULT_GRACE_SECONDS;
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  const lists: ['initContainers' | 'containers', Fields[]][] = [['initContainers', spec['initContainers'] ?? []], ['containers', spec['containers'] ?? []]];
  for (const [list, containers] of lists) {
    for (const [index, container] of containers.entries()) {
      const at = [...path, list, index];
      if (names.has(container['name'])) report([...at, 'name'], `two containers are called ${container['name']}`, 'duplicate-item');
      names.add(container['name']);
      checkContainer(container, at, report, { volumes: new Set(volumes), grace, isInit: list === 'initContainers' });
      // Init containers without a restart policy run one after another, and may use the same port.
      if (list === 'containers' || container['restartPolicy'] === 'Always') checkHostPorts(container, at, report, hostPorts);
      if (spec['hostNetwork']) checkHostNetworkPorts(container, at, report);
    }
  }
  checkScheduling(spec, path, report);
  checkPodSecurity(spec, path, report);
  if (spec['dnsPolicy'] === 'None' && (spec['dnsConfig']?.nameservers ?? []).length === 0) {
    report([...path, 'dnsConfig', 'nameservers'], 'dnsPolicy None needs at least one name server', 'missing-field');
  }
}

interface ContainerContext {
  volumes: Set<string>;
  grace: number;
  isInit: boolean;
}

function checkContainer(container: Fields, path: Path, report: Report, { volumes, grace, isInit }: ContainerContext): void {
  if (!container['image']) report(path, '"image" is missing', 'missing-field');
  const isSidecar = isInit && container['restartPolicy'] === 'Always';
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    if (container[probe]) checkProbe(container[probe], [...path, probe], report, probe);
  }
  if (isInit && !isSidecar) {
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (container[field]) report([...path, field], `an init container has no ${field}, unless its restartPolicy is Always`);
    }
  }
  for (const event of ['postStart', 'preStop'] as const) {
    const handler = container['lifecycle']?.[event];
    if (handler) checkHandler(handler, [...path, 'lifecycle', event], report);
    const seconds = handler?.sleep ? (handler.sleep.seconds ?? 0) : undefined;
    if (seconds !== undefined && seconds > grace) {
      report([...path, 'lifecycle', event, 'sleep', 'seconds'], `must not be more than terminationGracePeriodSeconds, ${grace}; got ${seconds}`);
    }
  }
  checkPorts(container['ports'] ?? [], [...path, 'ports'], report);
  checkEnv(container['env'] ?? [], [...path, 'env'], report);
  checkMounts(container, path, report, volumes);
  checkResources(container['resources'] ?? {}, [...path, 'resources'], report);
  const { privileged, allowPrivilegeEscalation, capabilities } = container['securityContext'] ?? {};
  if (allowPrivilegeEscalation === false && (privileged || (capabilities?.add ?? []).some((name: string) => name === 'CAP_SYS_ADMIN'))) {
    report([...path, 'securityContext', 'allowPrivilegeEscalation'], `cannot be false where the container ${privileged ? 'is privileged' : 'has CAP_SYS_ADMIN'}`);
  }
}

function checkProbe(probe: Fields, path: Path, report: Report, kind: string): void {
  checkHandler(probe, path, report);
  if (kind !== 'readinessProbe' && (probe['successThreshold'] ?? 1) > 1) report([...path, 'successThreshold'], 'must be 1 for startup and liveness probes');
  if (kind === 'readinessProbe' && typeof probe['terminationGracePeriodSeconds'] === 'number') {
    report([...path, 'terminationGracePeriodSeconds'], 'a readiness probe stops nothing, so it has no grace period');
  }
}

function checkHandler({ httpGet, tcpSocket }: Fields, path: Path, report: Report): void {
  if (httpGet) checkPortReference(httpGet.port, [...path, 'httpGet', 'port'], report);
  if (tcpSocket) checkPortReference(tcpSocket.port, [...path, 'tcpSocket', 'port'], report);
}

/** A port by number, or by the name of a container's port. */
export function checkPortReference(port: unknown, path: Path, report: Report): void {
  if (typeof port === 'number' ? port < 1 || port > 65535 : !formats['port-name']!(String(port ?? ''))) {
    report(path, `expected a port from 1 to 65535, or a port's name; got ${JSON.stringify(port ?? null)}`);
  }
}

function checkPorts(ports: Fields[], path: Path, report: Report): void {
  const names = new Set<string>();
  for (const [index, { name }] of ports.entries()) {
    if (!name) continue;
    if (names.has(name)) report([...path, index, 'name'], `two ports are called ${name}`, 'duplicate-item');
    names.add(name);
  }
}

function checkHostPorts(container: Fields, path: Path, report: Report, seen: Set<string>): void {
  for (const [index, { hostPort, hostIP, protocol }] of ((container['ports'] ?? []) as Fields[]).entries()) {
    if (!hostPort) continue;
    const identity = `${protocol ?? 'TCP'}/${hostIP ?? ''}/${hostPort}`;
    if (seen.has(identity)) report([...path, 'ports', index, 'hostPort'], `port ${hostPort} of the node is taken twice`, 'duplicate-item');
    seen.add(identity);
  }
}

function checkHostNetworkPorts(container: Fields, path: Path, report: Report): void {
  for (const [index, { hostPort, containerPort }] of ((container['ports'] ?? []) as Fields[]).entries()) {
    if (hostPort && hostPort !== containerPort) report([...path, 'ports', index, 'hostPort'], 'must be the containerPort where the pod is on the host network');
  }
}

function checkEnv(env: Fields[], path: Path, report: Report): void {
  for (const [index, { value, valueFrom }] of env.entries()) {
    if (!valueFrom) continue;
    if (value) report([...path, index, 'valueFrom'], 'a variable has a value or takes one from elsewhere, not both');
    const field = valueFrom.fieldRef?.fieldPath as string | undefined;
    if (field !== undefined && !ENV_FIELDS.includes(field) && !/^metadata\.(labels|annotations)\['[^']+'\]$/.test(field)) {
      report([...path, index, 'valueFrom', 'fieldRef', 'fieldPath'], `expected one of ${ENV_FIELDS.join(', ')}, metadata.labels['KEY'] or metadata.annotations['KEY']; got ${JSON.stringify(field)}`);
    }
    checkDivisor(valueFrom.resourceFieldRef, [...path, index, 'valueFrom', 'resourceFieldRef', 'divisor'], report);
  }
}

const DIVISORS: Record<string, RegExp> = { cpu: /^(0|1|1m)$/, memory: /^(0|1|1[kMGTPE]|1[KMGTPE]i)$/, 'ephemeral-storage': /^(0|1|1[kMGTPE]|1[KMGTPE]i)$/ };

function checkDivisor(reference: Fields | undefined, path: Path, report: Report): void {
  const { resource, divisor } = reference ?? {};
  const allowed = DIVISORS[String(resource).split('.')[1] ?? ''];
  if (divisor !== undefined && allowed && !allowed.test(String(divisor))) report(path, `expected 1 or a unit of it such as ${String(resource).endsWith('cpu') ? '1m' : '1Mi'}; got ${divisor}`);
}

function checkMounts(container: Fields, path: Path, report: Report, volumes: Set<string>): void {
  for (const [index, { name, subPath, subPathExpr, mountPropagation }] of ((container['volumeMounts'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'volumeMounts', index];
    if (!volumes.has(name)) report([...at, 'name'], `there is no volume "${name}"${volumes.size > 0 ? `; there are ${[...volumes].join(', ')}` : ''}`);
    if (subPath && subPathExpr) report([...at, 'subPathExpr'], 'subPath and subPathExpr exclude each other');
    if (mountPropagation === 'Bidirectional' && !container['securityContext']?.privileged) report([...at, 'mountPropagation'], 'Bidirectional needs a privileged container');
  }
  for (const [index, { name }] of ((container['volumeDevices'] ?? []) as Fields[]).entries()) {
    if (!volumes.has(name)) report([...path, 'volumeDevices', index, 'name'], `there is no volume "${name}"`);
  }
}

function checkResources({ requests, limits }: Fields, path: Path, report: Report): void {
  for (const [name, request] of Object.entries(requests ?? {})) {
    const limit = limits?.[name];
    if (limit !== undefined && limit !== null && quantityOf(request) > quantityOf(limit)) {
      report([...path, 'requests', name], `the request of ${request} is more than the limit of ${limit}`);
    }
    if (limit === undefined && !STANDARD_RESOURCES.includes(name)) report([...path, 'limits'], `a limit for ${name} has to be set too`);
  }
}

/** @returns a quantity in its base unit. */
export function quantityOf(value: unknown): number {
  const text = String(value);
  const exponent = /^([+-]?[\d.]+)[eE]([+-]?\d+)$/.exec(text);
  if (exponent) return Number(exponent[1]) * 10 ** Number(exponent[2]);
  const small = /^([+-]?[\d.]+)([nu])$/.exec(text);
  if (small) return Number(small[1]) * (small[2] === 'n' ? 1e-9 : 1e-6);
  return text.startsWith('-') ? -(parseQuantity(text.slice(1)) ?? 0) : (parseQuantity(text.replace(/^\+/, '').replace(/\.(?=\D|$)/, '')) ?? 0);
}

function checkScheduling(spec: Fields, path: Path, report: Report): void {
  for (const [index, { key, operator, value, effect, tolerationSeconds }] of ((spec['tolerations'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'tolerations', index];
    if (!key && operator !== 'Exists') report([...at, 'operator'], 'must be Exists where there is no key');
    if (operator === 'Exists' && value) report([...at, 'value'], 'Exists takes no value');
    if ((operator ?? 'Equal') === 'Equal' && value && !formats['label-value']!(value)) report([...at, 'value'], 'is not a label\'s value');
    if (typeof tolerationSeconds === 'number' && effect !== 'NoExecute') report([...at, 'effect'], 'must be NoExecute where tolerationSeconds is set');
  }
  const spread = new Set<string>();
  for (const [index, constraint] of ((spec['topologySpreadConstraints'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'topologySpreadConstraints', index];
    const { topologyKey, whenUnsatisfiable, minDomains, labelSelector, matchLabelKeys } = constraint;
    const identity = `${topologyKey} ${whenUnsatisfiable}`;
    if (spread.has(identity)) report(at, `${topologyKey} is there twice with ${whenUnsatisfiable}`, 'duplicate-item');
    spread.add(identity);
    if (typeof minDomains === 'number' && whenUnsatisfiable !== 'DoNotSchedule') report([...at, 'minDomains'], 'belongs to DoNotSchedule');
    checkLabelSelector(labelSelector, [...at, 'labelSelector'], report);
    checkMatchLabelKeys(labelSelector, matchLabelKeys, [...at, 'matchLabelKeys'], report);
  }
  checkAffinity(spec['affinity'] ?? {}, [...path, 'affinity'], report);
}

function checkMatchLabelKeys(selector: Fields | null | undefined, keys: string[] | null | undefined, path: Path, report: Report): void {
  if (!keys || keys.length === 0) return;
  if (!selector) return report(path, 'needs a labelSelector');
  const selected = [...Object.keys(selector['matchLabels'] ?? {}), ...((selector['matchExpressions'] ?? []) as Fields[]).map(({ key }) => key as string)];
  for (const [index, key] of keys.entries()) if (selected.includes(key)) report([...path, index], `${key} is in the labelSelector already`);
}

function checkAffinity({ nodeAffinity, podAffinity, podAntiAffinity }: Fields, path: Path, report: Report): void {
  const required = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const [index, term] of ((required?.nodeSelectorTerms ?? []) as Fields[]).entries()) {
    checkNodeTerm(term, [...path, 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms', index], report, true);
  }
  for (const [index, { preference }] of ((nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) as Fields[]).entries()) {
    checkNodeTerm(preference ?? {}, [...path, 'nodeAffinity', 'preferredDuringSchedulingIgnoredDuringExecution', index, 'preference'], report, false);
  }
  for (const [name, affinity] of [['podAffinity', podAffinity], ['podAntiAffinity', podAntiAffinity]] as const) {
    for (const [index, term] of ((affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) as Fields[]).entries()) {
      checkPodTerm(term, [...path, name, 'requiredDuringSchedulingIgnoredDuringExecution', index], report);
    }
    for (const [index, { podAffinityTerm }] of ((affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) as Fields[]).entries()) {
      checkPodTerm(podAffinityTerm ?? {}, [...path, name, 'preferredDuringSchedulingIgnoredDuringExecution', index, 'podAffinityTerm'], report);
    }
  }
}

/** @param strict whether values must be labels', as only of required terms */
export function checkNodeTerm({ matchExpressions, matchFields }: Fields, path: Path, report: Report, strict: boolean): void {
  checkRequirements(matchExpressions, [...path, 'matchExpressions'], report);
  for (const [index, { values }] of (strict ? ((matchExpressions ?? []) as Fields[]) : []).entries()) {
    for (const [number, value] of ((values ?? []) as string[]).entries()) {
      if (!formats['label-value']!(value)) report([...path, 'matchExpressions', index, 'values', number], `expected ${expectedFormat('label-value')}; got ${JSON.stringify(value)}`);
    }
  }
  for (const [index, { key, operator, values }] of ((matchFields ?? []) as Fields[]).entries()) {
    const at = [...path, 'matchFields', index];
    if (key !== 'metadata.name') report([...at, 'key'], 'expected metadata.name');
    if (!['In', 'NotIn'].includes(operator) || (values ?? []).length !== 1) report([...at, 'values'], 'expected In or NotIn with one value');
  }
}

function checkPodTerm({ labelSelector, namespaceSelector, matchLabelKeys }: Fields, path: Path, report: Report): void {
  checkLabelSelector(labelSelector, [...path, 'labelSelector'], report);
  checkLabelSelector(namespaceSelector, [...path, 'namespaceSelector'], report);
  checkMatchLabelKeys(labelSelector, matchLabelKeys, [...path, 'matchLabelKeys'], report);
}

function checkPodSecurity(spec: Fields, path: Path, report: Report): void {
  const { seccompProfile, sysctls } = spec['securityContext'] ?? {};
  const profiles: [Fields | null | undefined, Path][] = [
    [seccompProfile, [...path, 'securityContext', 'seccompProfile']],
    ...(['initContainers', 'containers'] as const).flatMap((list) =>
      ((spec[list] ?? []) as Fields[]).map((container, index): [Fields | null | undefined, Path] => [container['securityContext']?.seccompProfile, [...path, list, index, 'securityContext', 'seccompProfile']]),
    ),
  ];
  for (const [profile, at] of profiles) {
    if (!profile) continue;
    if (profile['type'] === 'Localhost' && !profile['localhostProfile']) report([...at, 'localhostProfile'], 'must be set for the type Localhost', 'missing-field');
    if (profile['type'] !== 'Localhost' && typeof profile['localhostProfile'] === 'string') report([...at, 'localhostProfile'], 'belongs to the type Localhost');
  }
  const names = new Set<string>();
  for (const [index, { name }] of ((sysctls ?? []) as Fields[]).entries()) {
    if (names.has(name)) report([...path, 'securityContext', 'sysctls', index, 'name'], `${name} is there twice`, 'duplicate-item');
    names.add(name);
    if (spec['hostNetwork'] && /^net[./]/.test(name)) report([...path, 'securityContext', 'sysctls', index, 'name'], 'is the node\'s own where hostNetwork is true');
  }
  if (spec['shareProcessNamespace'] && spec['hostPID']) report([...path, 'shareProcessNamespace'], 'excludes hostPID');
}
