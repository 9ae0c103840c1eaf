import type { Path } from '../../finding.js';
import { isProperPart } from '../formats/addresses.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Fields, Report } from './report.js';
import { checkSegment } from './metadata.js';
import { checkPortReference } from './pod/ports.js';
import { checkLabelSelector } from './selectors.js';

export function checkIngress({ metadata, spec }: Fields, report: Report): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  const rules = (spec.rules ?? []) as Fields[];
  if (rules.length === 0 && !spec.defaultBackend)
    report(['spec'], 'one of rules and defaultBackend is needed', 'missing-field');
  if (spec.defaultBackend) checkBackend(spec.defaultBackend, ['spec', 'defaultBackend'], report);
  for (const [index, rule] of rules.entries()) {
    if (rule['host'] && /^\d+\.\d+\.\d+\.\d+$/.test(rule['host']))
      report(['spec', 'rules', index, 'host'], 'expected a DNS name, not an address');
    for (const [number, path] of ((rule['http']?.paths ?? []) as Fields[]).entries()) {
      const at = ['spec', 'rules', index, 'http', 'paths', number];
      checkPath(path, at, report);
      checkBackend(path['backend'] ?? {}, [...at, 'backend'], report);
    }
  }
  const annotated = metadata?.annotations?.['kubernetes.io/ingress.class'];
  if (annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName) {
    report(
      ['metadata', 'annotations', 'kubernetes.io/ingress.class'],
      `says ${annotated || 'nothing'}, but spec.ingressClassName says ${spec.ingressClassName}`,
    );
  }
}

/** Sequences that no path may have, and ends that none may have. */
const BAD_PATH = /\/\/|\/\.\/|\/\.\.\/|%2f|%2F|\/\.\.$|\/\.$/;

function checkPath({ path, pathType }: Fields, at: Path, report: Report): void {
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!String(path ?? '').startsWith('/'))
      report([...at, 'path'], `expected an absolute path; got ${JSON.stringify(path ?? null)}`);
    else if (BAD_PATH.test(path))
      report([...at, 'path'], `"//", "/./", "/../" and "%2f" are not allowed; got ${JSON.stringify(path)}`);
  } else if (path && !String(path).startsWith('/')) {
    report([...at, 'path'], `expected an absolute path; got ${JSON.stringify(path)}`);
  }
}

function checkBackend({ service, resource }: Fields, at: Path, report: Report): void {
  if (service && resource) return report(at, 'service and resource exclude each other');
  if (!service && !resource) return report(at, 'one of service and resource is needed', 'missing-field');
  if (resource) checkTyped(resource, [...at, 'resource'], report);
  if (!service) return;
  const { name, number } = service.port ?? {};
  if (name && number) report([...at, 'service', 'port'], 'a port has a name or a number, not both');
  if (!name && !number) report([...at, 'service', 'port'], 'the port needs a name or a number', 'missing-field');
}

/** A reference to an object of any kind. */
function checkTyped({ apiGroup, kind, name }: Fields, path: Path, report: Report): void {
  if (apiGroup !== undefined && !formats['dns-subdomain']!(apiGroup))
    report([...path, 'apiGroup'], `expected ${expectedFormat('dns-subdomain')}; got ${JSON.stringify(apiGroup)}`);
  for (const [field, value] of Object.entries({ kind, name })) {
    if (!value) report([...path, field], 'must be set', 'missing-field');
    else checkSegment(value, [...path, field], report);
  }
}

export function checkIngressClass({ spec }: Fields, report: Report): void {
  const parameters = spec?.parameters;
  if (!spec?.controller) report(['spec', 'controller'], 'must be set', 'missing-field');
  if (!parameters) return;
  checkTyped(parameters, ['spec', 'parameters'], report);
  const at = ['spec', 'parameters', 'namespace'];
  const { namespace, scope = 'Cluster' } = parameters;
  if (scope === 'Cluster') {
    if (namespace !== undefined) report(at, 'belongs to the scope Namespace');
  } else if (namespace === undefined) report(at, 'must be set for the scope Namespace', 'missing-field');
  else if (!formats['dns-label']!(namespace))
    report(at, `expected ${expectedFormat('dns-label')}; got ${JSON.stringify(namespace)}`);
}

export function checkNetworkPolicy({ spec }: Fields, report: Report): void {
  checkLabelSelector(spec?.podSelector, ['spec', 'podSelector'], report);
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const [index, rule] of ((spec?.[direction] ?? []) as Fields[]).entries()) {
      const at = ['spec', direction, index];
      for (const [number, peer] of ((rule[peers] ?? []) as Fields[]).entries())
        checkPeer(peer, [...at, peers, number], report);
      for (const [number, port] of ((rule['ports'] ?? []) as Fields[]).entries())
        checkPolicyPort(port, [...at, 'ports', number], report);
    }
  }
}

export function checkServiceCidr({ spec }: Fields, report: Report): void {
  const [first, second] = (spec?.cidrs ?? []) as string[];
  if (second !== undefined && first!.includes(':') === second.includes(':'))
    report(['spec', 'cidrs', 1], `expected a range of the other family; got ${second}`);
}

function checkPeer({ ipBlock, podSelector, namespaceSelector }: Fields, path: Path, report: Report): void {
  if (!ipBlock && !podSelector && !namespaceSelector)
    report(path, 'one of podSelector, namespaceSelector and ipBlock is needed', 'missing-field');
  if (ipBlock && (podSelector || namespaceSelector))
    report([...path, 'ipBlock'], 'excludes podSelector and namespaceSelector');
  checkLabelSelector(podSelector, [...path, 'podSelector'], report);
  checkLabelSelector(namespaceSelector, [...path, 'namespaceSelector'], report);
  for (const [index, range] of ((ipBlock?.except ?? []) as string[]).entries()) {
    if (typeof range === 'string' && !isProperPart(range, String(ipBlock.cidr)))
      report([...path, 'ipBlock', 'except', index], `must be a part of ${ipBlock.cidr}; got ${range}`);
  }
}

function checkPolicyPort({ port, endPort }: Fields, path: Path, report: Report): void {
  if (port !== undefined && port !== null) checkPortReference(port, [...path, 'port'], report);
  if (typeof endPort !== 'number') return;
  if (typeof port !== 'number') report([...path, 'endPort'], 'needs a port with a number');
  else if (endPort < port) report([...path, 'endPort'], `must be at least port, ${port}; got ${endPort}`);
}
