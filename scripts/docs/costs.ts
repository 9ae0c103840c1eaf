/** What the shipped overlays ask of a cluster, for docs/background/costs.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, PodSpec, ResourceRequirements } from 'kubernetes-types/core/v1';
import { parse } from 'yaml';
import { parseQuantity, readConfig, type Settings } from '../../generator/config/index.js';
import { buildModel } from '../../generator/features/index.js';
import { type KubernetesObject, podSpecOf } from '../../generator/model/index.js';

const FILE = join(import.meta.dirname, '../../registry.yaml');
const MI = 2 ** 20;
const SECONDS_OF_A_MONTH = 30 * 24 * 3600;

/** For 1,000 requests, as AWS has charged in most of its regions for years: an example, as prices change. */
const PRICES = { lists: 0.005, reads: 0.0004 };

type Resource = 'cpu' | 'memory';
type Which = 'requests' | 'limits';

/** @returns a row for the base and each overlay: pods, and what they request. */
export function podTable(): string {
  const { base, overlays } = readConfig(readFileSync(FILE), FILE);
  const layers = [{ name: 'base', settings: base }, ...overlays];
  const rows = layers.map(({ name, settings }) => podRow(name, settings));
  const head = [
    '| overlay | pods | CPU requested | memory requested | memory limit | volume |',
    '|---|---|---|---|---|---|',
  ];
  return [...head, ...rows, ''].join('\n');
}

function podRow(name: string, settings: Settings): string {
  const objects = buildModel(settings).objects;
  const workloads = objects.filter(
    ({ kind }) => kind === 'Deployment' || kind === 'StatefulSet',
  ) as (KubernetesObject & {
    spec: { replicas: number };
  })[];
  const total = (which: Which, resource: Resource): number =>
    workloads.reduce((sum, workload) => sum + workload.spec.replicas * ofPod(podSpecOf(workload)!, which, resource), 0);
  const pods = workloads.map(({ kind, spec }) => `${spec.replicas} ${kind === 'Deployment' ? 'registry' : 'Redis'}`);
  const claim = objects.find(({ kind }) => kind === 'PersistentVolumeClaim') as
    | (KubernetesObject & { spec: { resources: { requests: { storage: string } } } })
    | undefined;
  const cells = [
    `\`${name}\``,
    pods.join(', '),
    cores(total('requests', 'cpu')),
    mebibytes(total('requests', 'memory')),
    mebibytes(total('limits', 'memory')),
    claim?.spec.resources.requests.storage ?? '',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @returns a row for each pod that a CronJob starts, of the base. */
export function jobTable(): string {
  const { base } = readConfig(readFileSync(FILE), FILE);
  const jobs = buildModel(base).objects.filter(({ kind }) => kind === 'CronJob') as (KubernetesObject & {
    spec: { schedule: string };
  })[];
  const rows = jobs.map((job) => {
    const pod = podSpecOf(job)!;
    return `| \`${job.metadata.name}\` | \`${job.spec.schedule}\` | ${cores(ofPod(pod, 'requests', 'cpu'))} | ${mebibytes(ofPod(pod, 'requests', 'memory'))} | ${mebibytes(ofPod(pod, 'limits', 'memory'))} |`;
  });
  return [
    '| CronJob | runs | CPU requested | memory requested | memory limit |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** @returns how many requests the health checks of a month are, by config.yml of the shipped base. */
export function healthChecks(): string {
  const { base } = readConfig(readFileSync(FILE), FILE);
  const config = parse(readFileSync(join(FILE, '../base/config/config.yml'), 'utf8')) as {
    health: { storagedriver: { interval: string } };
  };
  const { interval } = config.health.storagedriver;
  const [, seconds] = /^(\d+)s$/.exec(interval)!;
  const checks = (SECONDS_OF_A_MONTH / Number(seconds)) * base.replicas;
  const price = (checks / 1000) * (PRICES.lists + PRICES.reads);
  return [
    `Every ${seconds} s each replica checks whether its storage answers. With ${base.replicas} replicas that is ${checks.toLocaleString('en')} lists and as many`,
    `reads in 30 days: at $${PRICES.lists} for 1,000 lists and $${PRICES.reads} for 1,000 reads, $${price.toFixed(2)}.`,
    '',
  ].join('\n');
}

/** What the scheduler counts: all that runs at a time, or the greatest of what runs before. */
function ofPod({ containers, initContainers = [] }: PodSpec, which: Which, resource: Resource): number {
  const of = ({ resources }: Container): number => quantity(resources, which, resource);
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running = [...containers, ...sidecars].reduce((sum, container) => sum + of(container), 0);
  const first = initContainers.filter((container) => !sidecars.includes(container)).map(of);
  return Math.max(running, ...first);
}

function quantity(resources: ResourceRequirements | undefined, which: Which, resource: Resource): number {
  const text = resources?.[which]?.[resource];
  return text === undefined ? 0 : parseQuantity(text)!;
}

function cores(value: number): string {
  return `${Math.round(value * 1000)}m`;
}

function mebibytes(value: number): string {
  return `${Math.round(value / MI)}Mi`;
}
