/** What the generator itself does with each field of registry.yaml, to compare schemas/field-decisions.yaml with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type ChangeClass, CLASSES, compareObjects, worse } from '../../../generator/changes/index.js';
import { check, Validators } from '../../../generator/checks/index.js';
import { readBeside } from '../../../generator/cli/shared/input.js';
import {
  ConfigError,
  type Field,
  readConfig,
  type Rules,
  rules,
  type Settings,
} from '../../../generator/config/index.js';
import { buildDelivery, type Delivered } from '../../../generator/delivery/index.js';
import { buildModel } from '../../../generator/features/index.js';
import { finish } from '../../../generator/kustomize/index.js';
import { folderOf, type KubernetesObject } from '../../../generator/model/index.js';
import { unitOf } from '../../../generator/plan/index.js';
import { isOfDelivery, keysOf, WhatIf } from '../../../generator/trace/index.js';
import { otherValues } from '../../../generator/trace/what-if.js';
import { bytesOf } from '../config.js';

type Fields = Record<string, unknown>;

const HOST = 'registry.example.com';
const RETENTION = { rules: [{ repositories: ['cache/**'], deleteOlderThan: '30d' }] };
/** A tag is kept by one of the two ages, so no rule has both. */
const RECENT = { rules: [{ repositories: ['cache/**'], keepPushedWithin: '60d' }] };
/** Configs in which, together, every field has an effect that has one. */
const CONFIGS: Fields[] = [
  {},
  { replicas: 1 },
  { redis: { type: 'sidecar' } },
  { gc: { deleteUntagged: true, retention: RETENTION } },
  { gc: { retention: { ...RETENTION, dryRun: false } } },
  { gc: { retention: RECENT } },
  { gc: { retention: { ...RECENT, dryRun: false } } },
  { host: HOST, redis: { type: 'statefulset' }, ingress: { class: 'gce' }, tls: { type: 'gke-managed' } },
  { host: HOST, ingress: { class: 'nginx' }, tls: { type: 'cert-manager', issuer: 'letsencrypt' } },
  {
    storage: { type: 's3', s3: { bucket: 'images', region: 'us-east-1', endpoint: 'https://minio.minio.svc' } },
    metrics: { enabled: true },
  },
  { storage: { type: 's3', s3: { bucket: 'images', region: 'us-east-1', credentials: 'ambient' } } },
  { storage: { static: { nfs: { server: 'nfs.example.com', path: '/a' } } } },
  { storage: { static: { csi: { driver: 'csi.example.com', volumeHandle: 'a', fsType: 'ext4' } } } },
  { replicas: 1, storage: { accessMode: 'ReadWriteOnce', static: { hostPath: { path: '/a', node: 'one' } } } },
  { image: 'example.com/registry@sha256:'.padEnd(92, '0'), version: '3.1.1' },
];
const OVERLAYS = { tls: { ingress: { class: 'gce' }, tls: { type: 'gke-managed' } }, eu: { namespace: 'registry-eu' } };
const DELIVERIES: Fields[] = [
  {
    repository: 'https://git.example.com/platform/registry.git',
    argoCd: { applications: [{ overlay: 'eu' }] },
    flux: { overlays: ['eu'], secrets: { path: 'encrypted' } },
  },
  { flux: { overlays: ['eu'], oci: { url: 'oci://ghcr.io/example/tree' } } },
];

/** @returns for each field the ids of the rules of registry.yaml that report it, in the files of tests/config/bad. */
export function rulesByField(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const note = (field: string, id: string): void => {
    found.set(field, (found.get(field) ?? new Set()).add(id));
  };
  const noting: Rules = {
    variant: rules.variant.map(({ id, check }) => ({
      id,
      check: (scope) =>
        check({ ...scope, report: (path) => [path].flat().forEach((field) => note(fieldAt(field.split('.')), id)) }),
    })),
    file: rules.file.map(({ id, check }) => ({
      id,
      check: (scope) => check({ ...scope, report: (path) => note(fieldAt(path), id) }),
    })),
  };
  const folder = join(import.meta.dirname, '../../config/bad');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.yaml')))
    try {
      readConfig(readFileSync(join(folder, name)), 'registry.yaml', readBeside(join(folder, name)), noting);
    } catch (error) {
      // Of a wrong shape: no rule is asked.
      if (!(error instanceof ConfigError)) throw error;
    }
  return found;
}

/** @returns the field that some keys of registry.yaml lead to: of an item of a list the list, of its fields the field. */
function fieldAt(path: readonly string[]): string {
  const keys = path[0] === 'overlays' ? path.slice(2) : path;
  return keys
    .join('.')
    .replace(/\.\d+$/, '')
    .replace(/\.\d+\./g, '[].');
}

/** What other values of a field do, in some of the configs. */
export interface Effects {
  /** Ids of rules of the checks that another value breaks, or keeps again. */
  checks: string[];
  /** The classes of what changes in the cluster: of each value that changes anything the worst. */
  classes: ChangeClass[];
}

const FILE = 'registry.yaml';
const objectsOf = (settings: Settings): KubernetesObject[] => finish(buildModel(settings), ['Generated.']);
const bytesFor = (config: Fields): Uint8Array => bytesOf(stringify(config));

/** Asks the generator what other values of fields do. */
export class EffectsByField {
  readonly #validators = new Validators();
  readonly #asked = CONFIGS.map((config) => new WhatIf({ bytes: bytesFor(config), file: FILE, build: objectsOf }));
  readonly #withOverlays = new WhatIf({
    bytes: bytesFor({ host: HOST, overlays: OVERLAYS }),
    file: FILE,
    build: objectsOf,
  });

  async of(field: Field): Promise<Effects> {
    if (isOfDelivery(field)) return effectsOf(deliveryChanges(field), []);
    if (field.path === 'overlays.NAME.extends') return this.#inVariants(field, [[this.#withOverlays, 'eu']]);
    return this.#inVariants(
      field,
      this.#asked.map((whatIf) => [whatIf, 'base']),
    );
  }

  async #inVariants(field: Field, asked: [whatIf: WhatIf, variant: string][]): Promise<Effects> {
    const keys = keysOf(field);
    const changes: ReturnType<typeof compareObjects>[] = [];
    const checks: string[] = [];
    for (const [whatIf, variant] of asked) {
      const before = whatIf.objects(variant);
      for (const value of valuesOf(field, whatIf.written(variant, keys) ?? field.default)) {
        const outcome = whatIf.choose(variant, keys, value);
        if ('refused' in outcome) continue;
        const changed = compareObjects(before, outcome.objects);
        if (changed.length === 0) continue;
        changes.push(changed);
        const [then, now] = [
          await this.#broken(whatIf.settings(variant), before),
          await this.#broken(outcome.settings, outcome.objects),
        ];
        checks.push(...[...then].filter((id) => !now.has(id)), ...[...now].filter((id) => !then.has(id)));
      }
    }
    return effectsOf(changes, checks);
  }

  readonly #known = new Map<KubernetesObject[], Promise<Set<string>>>();

  /** @returns ids of the rules that some objects break, exceptions or not. */
  #broken(settings: Settings, objects: KubernetesObject[]): Promise<Set<string>> {
    const { exceptions: _, ...unit } = unitOf(settings, buildModel(settings));
    const found =
      this.#known.get(objects) ??
      check({ ...unit, objects }, this.#validators).then((findings) => new Set(findings.map(({ rule }) => rule)));
    this.#known.set(objects, found);
    return found;
  }
}

function effectsOf(changes: readonly ReturnType<typeof compareObjects>[], checks: readonly string[]): Effects {
  const classes = new Set(
    changes.filter(({ length }) => length > 0).map((all) => all.map((one) => one.class).reduce(worse)),
  );
  return { checks: [...new Set(checks)].sort(), classes: CLASSES.filter((one) => classes.has(one)) };
}

/** @returns other values of a field; for a field of a list's items, lists of one item. */
function valuesOf(field: Field, value: unknown): unknown[] {
  const [, inner] = field.path.split('[].');
  if (inner === undefined) return otherValues(field, value, Object.keys(OVERLAYS));
  const [first] = (value ?? []) as Fields[];
  return field.examples.map((example) => [{ ...first, [inner]: example }]);
}

/** @returns what other values of a field of `delivery` change in the objects by which the tree is synced. */
function deliveryChanges(field: Field): ReturnType<typeof compareObjects>[] {
  const keys = keysOf(field).slice(1);
  return DELIVERIES.flatMap((delivery) => {
    const before = deliveredObjects(delivery)!;
    const written = keys.reduce<unknown>((at, key) => (at as Fields | undefined)?.[key], delivery) ?? field.default;
    return valuesOf(field, written).flatMap((value) => {
      const after = deliveredObjects(withValue(delivery, keys, value));
      return after ? [compareObjects(before, after)] : [];
    });
  });
}

/** @returns undefined where registry.yaml is refused with it */
function deliveredObjects(delivery: Fields): KubernetesObject[] | undefined {
  try {
    const config = readConfig(bytesFor({ host: HOST, overlays: OVERLAYS, delivery }), FILE);
    const variants = [{ name: 'base', settings: config.base }, ...config.overlays];
    const delivered = variants.map(({ name, settings }): [string, Delivered] => [
      name,
      { variant: name, folder: folderOf(name), settings, objects: objectsOf(settings) },
    ]);
    const folders = config.delivery ? buildDelivery(config.delivery, new Map(delivered)) : [];
    return folders.flatMap(({ objects }) => objects.map(({ object }) => object));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}

function withValue(fields: Fields, [key, ...rest]: readonly string[], value: unknown): Fields {
  return { ...fields, [key!]: rest.length > 0 ? withValue((fields[key!] ?? {}) as Fields, rest, value) : value };
}
