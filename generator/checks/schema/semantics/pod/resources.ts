import type { Path } from '../../../finding.js';
import { formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { milliOf, wholeOf } from '../quantity.js';
import { containersOf, looksAt, type PodScope } from './scope.js';

const HUGE_PAGES = 'hugepages-';

/** Names without a domain, and those of Kubernetes' own: a node may promise more of them than it has. */
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const mayExceed = (name: string): boolean => isNative(name) && !name.startsWith(HUGE_PAGES);

/** Requests and limits of a container, or of a pod as a whole. */
export function checkResources({ requests, limits }: Fields, path: Path, report: Report): void {
  for (const [field, amounts] of Object.entries({ limits, requests })) {
    for (const [name, amount] of Object.entries((amounts ?? {}) as Fields))
      checkAmount(name, amount, [...path, field, name], report);
  }
  for (const [name, request] of Object.entries((requests ?? {}) as Fields))
    checkRequest(name, request, limits?.[name], path, report);
  const names = Object.keys({ ...requests, ...limits });
  if (names.some((name) => name.startsWith(HUGE_PAGES)) && !names.includes('cpu') && !names.includes('memory'))
    report(path, 'huge pages need a request or limit of cpu or memory beside them');
}

function checkAmount(name: string, amount: unknown, at: Path, report: Report): void {
  if (!isNative(name) && milliOf(amount) % 1000n !== 0n) report(at, `expected a whole number; got ${amount}`);
  if (!name.startsWith(HUGE_PAGES)) return;
  const page = formats['quantity']!(name.slice(HUGE_PAGES.length)) ? wholeOf(name.slice(HUGE_PAGES.length)) : 0n;
  if (page <= 0n || wholeOf(amount) % page !== 0n)
    report(at, `expected a multiple of the size of a page, ${name.slice(HUGE_PAGES.length)}; got ${amount}`);
}

function checkRequest(name: string, request: unknown, limit: unknown, path: Path, report: Report): void {
  if (limit === undefined || limit === null) {
    if (!mayExceed(name)) report([...path, 'limits'], `a limit for ${name} has to be set too`);
  } else if (milliOf(request) > milliOf(limit)) {
    report([...path, 'requests', name], `the request of ${request} is more than the limit of ${limit}`);
  } else if (!mayExceed(name) && milliOf(request) !== milliOf(limit)) {
    report([...path, 'requests', name], `the request of ${name} must be its limit, ${limit}; got ${request}`);
  }
}

/** The devices that containers take from the pod's resource claims. */
export function checkClaims(spec: Fields, path: Path, { report, target }: PodScope): void {
  if (!looksAt(target, 'resourceClaims')) return;
  const names = ((spec['resourceClaims'] ?? []) as Fields[]).map(({ name }) => name as string);
  for (const { container, at } of containersOf(spec, path)) {
    for (const [index, { name }] of ((container['resources']?.claims ?? []) as Fields[]).entries()) {
      if (!names.includes(name))
        report(
          [...at, 'resources', 'claims', index, 'name'],
          `there is no resource claim "${name}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'the pod has none'}`,
        );
    }
  }
}

/** Requests and limits of the pod as a whole, which contain those of its containers. */
export function checkPodResources(spec: Fields, path: Path, { report, target, isPod }: PodScope): void {
  const resources = spec['resources'] as Fields | undefined;
  if (!resources || !looksAt(target, 'podResources')) return;
  const at = [...path, 'resources'];
  if (spec['os']?.name === 'windows') return report(at, 'a pod on Windows has no resources of its own');
  if (resources['claims']) report([...at, 'claims'], 'belongs to a container');
  for (const field of ['limits', 'requests']) {
    for (const name of Object.keys(resources[field] ?? {})) {
      if (name !== 'cpu' && name !== 'memory' && !name.startsWith(HUGE_PAGES))
        report([...at, field, name], `a pod as a whole has cpu, memory and huge pages; got ${name}`);
    }
  }
  checkResources(resources, at, report);
  checkShares(spec, at, resources, report, isPod);
}

function checkShares(spec: Fields, at: Path, { requests, limits }: Fields, report: Report, isPod: boolean): void {
  // Of a Pod what is not requested is its limit.
  const requestsOf = ({ resources }: Fields): Fields => ({
    ...(isPod ? resources?.limits : {}),
    ...resources?.requests,
  });
  const limitsOf = ({ resources }: Fields): Fields => resources?.limits ?? {};
  for (const [name, request] of Object.entries((requests ?? {}) as Fields)) {
    if (needed(spec, name, requestsOf) > milliOf(request))
      report([...at, 'requests', name], `the containers together request more than the pod's ${request}`);
  }
  for (const [name, limit] of Object.entries((limits ?? {}) as Fields)) {
    const total = name.startsWith(HUGE_PAGES) ? needed(spec, name, limitsOf) : 0n;
    const requested = isPod && mayExceed(name) && requests?.[name] === undefined ? needed(spec, name, requestsOf) : 0n;
    const single = ((spec['containers'] ?? []) as Fields[]).some(
      (container) => milliOf(limitsOf(container)[name] ?? 0) > milliOf(limit),
    );
    if (single) report([...at, 'limits', name], `a container's limit is more than the pod's ${limit}`);
    else if (total > milliOf(limit) || requested > milliOf(limit))
      report([...at, 'limits', name], `the containers together need more than the pod's ${limit}`);
  }
}

/** @returns the most that a pod needs of a resource at a time: init containers run before the others, sidecars beside all. */
function needed(spec: Fields, name: string, amountsOf: (container: Fields) => Fields): bigint {
  const amount = (container: Fields): bigint => milliOf(amountsOf(container)[name] ?? 0);
  let sidecars = 0n;
  let most = 0n;
  for (const container of (spec['initContainers'] ?? []) as Fields[]) {
    const during = sidecars + amount(container);
    if (container['restartPolicy'] === 'Always') sidecars = during;
    if (during > most) most = during;
  }
  const running = ((spec['containers'] ?? []) as Fields[]).reduce(
    (sum, container) => sum + amount(container),
    sidecars,
  );
  return running > most ? running : most;
}
