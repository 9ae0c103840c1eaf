/**
 * Kubernetes' own schemas: schemas/kubernetes/definitions.json, one file for the last six minors, and lifecycle.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { addEnums } from './enums.js';
import { lastMinors, moduleFolder } from './go-modules.js';
import { isObject, type Json, type JsonObject, root, sha256, sorted, writeDefinitions } from './json.js';
import { readLifecycles } from './lifecycle.js';
import { includes, mergeMinors, type Minors, rangeOf, schemaAt } from './minors.js';
import { deprecatedFields, type Kind, readRelease, type Release } from './openapi.js';

const MODULE = 'k8s.io/kubernetes';
/** Minors that are kept. */
const MINORS = 6;
const FILE = 'kubernetes/definitions.json';

export interface Source {
  minor: number;
  version: string;
  source: string;
  sha256: string;
}

type StoredKind = Kind & { minors?: Minors };

interface Stored {
  sources: Source[];
  kinds: Record<string, StoredKind>;
  definitions: Record<string, JsonObject>;
}

/** Reads all minors anew from the official module. */
export function refreshAllMinors(): void {
  const versions = lastMinors(MODULE, MINORS);
  const read = versions.map(fromModule);
  store(read);
  const apis = versions.map((version) => version.replace(/^v1/, 'v0'));
  const lifecycles = readLifecycles(apis, Math.max(...read.map(({ source }) => source.minor)));
  const lines = Object.entries(lifecycles).map(
    ([kind, lifecycle]) => ` ${JSON.stringify(kind)}: ${JSON.stringify(lifecycle)}`,
  );
  writeFileSync(join(root, 'schemas/kubernetes/lifecycle.json'), `{\n${lines.join(',\n')}\n}\n`);
  console.log(`schemas/kubernetes/lifecycle.json: ${lines.length} apiVersions`);
}

/**
 * Adds or replaces one minor.
 *
 * @param from a version of the module (v1.38.0), an OpenAPI file, a URL, or "cluster" for the one kubectl points to
 * @param version of a file that does not say it, nor its name: the official one is "unversioned"
 * @throws Error where it cannot be read, or its version is not known
 */
export async function refreshOneMinor(from: string, version?: string): Promise<void> {
  const read = await fromAnywhere(from, version);
  const others = storedReleases().filter(({ source }) => source.minor !== read.source.minor);
  store([...others, read].sort((a, b) => a.source.minor - b.source.minor).slice(-MINORS));
}

interface Read {
  source: Source;
  release: Release;
}

async function fromAnywhere(from: string, version: string | undefined): Promise<Read> {
  if (/^v1\.\d+\.\d+$/.test(from)) return fromModule(from);
  if (from === 'cluster')
    return fromCluster(
      (path) => execFileSync('kubectl', ['get', '--raw', path], { encoding: 'utf8', maxBuffer: 2 ** 28 }),
      'a cluster',
    );
  if (/\/openapi\/v3\/?$/.test(from)) {
    const base = from.replace(/\/openapi\/v3\/?$/, '');
    const texts = new Map<string, string>();
    const get = (path: string): Promise<string> => fetched(base + path);
    for (const path of ['/version', '/openapi/v3']) texts.set(path, await get(path));
    for (const path of openapiPaths(texts.get('/openapi/v3')!)) texts.set(path, await get(path));
    return fromCluster((path) => texts.get(path)!, 'a cluster');
  }
  return fromText(/^https?:/.test(from) ? await fetched(from) : readFileSync(from, 'utf8'), from, version);
}

/** The module's enumerations are not in its OpenAPI file, but in the Go code that a cluster's OpenAPI comes from. */
function fromModule(version: string): Read {
  const folder = moduleFolder(`${MODULE}@${version}`);
  const text = readFileSync(join(folder, 'api/openapi-spec/swagger.json'), 'utf8');
  const document = JSON.parse(text) as JsonObject;
  const release = readRelease([document]);
  addEnums(release, readFileSync(join(folder, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8'));
  checkDeprecations(
    deprecatedFields([document]).filter((field) => release.definitions[field.slice(0, field.lastIndexOf('.'))]),
  );
  return {
    source: {
      minor: minorOf(version),
      version,
      source: `${MODULE} ${version} api/openapi-spec/swagger.json`,
      sha256: sha256(text),
    },
    release,
  };
}

/** @param get reads a path of the API server, such as /version */
export function fromCluster(get: (path: string) => string, name: string): Read {
  const { gitVersion } = JSON.parse(get('/version')) as { gitVersion: string };
  const texts = openapiPaths(get('/openapi/v3')).map(get);
  const version = gitVersion.replace(/[-+].*/, '');
  return {
    source: {
      minor: minorOf(version),
      version,
      source: `${name} (${gitVersion}) /openapi/v3`,
      sha256: sha256(texts.join('')),
    },
    release: readRelease(texts.map((text) => JSON.parse(text) as Json)),
  };
}

function openapiPaths(index: string): string[] {
  const { paths } = JSON.parse(index) as { paths: Record<string, { serverRelativeURL: string }> };
  return Object.keys(paths)
    .filter((path) => /^apis?\//.test(path))
    .sort()
    .map((path) => `/openapi/v3/${path}`);
}

async function fetched(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.text();
}

/** The version is the one that is given, that the document says, or that stands in its path. */
function fromText(text: string, from: string, given: string | undefined): Read {
  const document = JSON.parse(text) as JsonObject;
  const said = (document['info'] as JsonObject | undefined)?.['version'];
  const version = [given, said, /v1\.\d+\.\d+/.exec(from)?.[0]].find(
    (one): one is string => typeof one === 'string' && /^v1\.\d+\.\d+/.test(one),
  );
  if (!version)
    throw new Error(`${from} does not say which Kubernetes it is of: name its version after it, such as v1.38.0`);
  return {
    source: { minor: minorOf(version), version, source: from.split('/').at(-1)!, sha256: sha256(text) },
    release: readRelease([document]),
  };
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/** A field that upstream deprecates has to have a way out in deprecations.yaml. */
function checkDeprecations(fields: string[]): void {
  const known = parse(readFileSync(join(root, 'schemas/kubernetes/deprecations.yaml'), 'utf8')) as { fields: object };
  const missing = fields.filter((field) => !(field in known.fields));
  if (missing.length > 0)
    throw new Error(`deprecated upstream, and not in schemas/kubernetes/deprecations.yaml: ${missing.join(', ')}`);
}

function storedReleases(): Read[] {
  if (!existsSync(join(root, 'schemas', FILE))) return [];
  const { sources, kinds, definitions } = JSON.parse(readFileSync(join(root, 'schemas', FILE), 'utf8')) as Stored;
  return sources.map((source) => ({ source, release: releaseAt({ kinds, definitions }, source.minor) }));
}

/** @returns one minor's kinds and definitions, as they were before they were stored together. */
export function releaseAt({ kinds, definitions }: Pick<Stored, 'kinds' | 'definitions'>, minor: number): Release {
  const release: Release = { kinds: {}, definitions: {} };
  const visit = (name: string): void => {
    if (release.definitions[name]) return;
    const schema = schemaAt(definitions[name]!, minor);
    release.definitions[name] = schema;
    const follow = (value: Json): void => {
      if (Array.isArray(value)) value.forEach(follow);
      else if (isObject(value)) {
        if (typeof value['$ref'] === 'string') visit(value['$ref']);
        Object.values(value).forEach(follow);
      }
    };
    follow(schema);
  };
  for (const [id, { minors, ...kind }] of Object.entries(kinds)) {
    if (minors && !includes(minors, minor)) continue;
    release.kinds[id] = kind;
    visit(kind.definition);
  }
  return release;
}

/** Merges the releases, proves that each can be had back, and writes them. */
function store(read: Read[]): void {
  const minors = read.map(({ source }) => source.minor);
  const kinds: Stored['kinds'] = {};
  for (const kind of [...new Set(read.flatMap(({ release }) => Object.keys(release.kinds)))].sort()) {
    const having = read.filter(({ release }) => release.kinds[kind]);
    const range = rangeOf(
      having.map(({ source }) => source.minor),
      minors,
      kind,
    );
    kinds[kind] = {
      ...having.at(-1)!.release.kinds[kind]!,
      ...(having.length === read.length ? {} : { minors: range }),
    };
  }
  const definitions: Record<string, JsonObject> = {};
  for (const name of new Set(read.flatMap(({ release }) => Object.keys(release.definitions)))) {
    const having = read.flatMap(({ source, release }): [number, JsonObject][] => {
      const definition = release.definitions[name];
      return definition ? [[source.minor, definition]] : [];
    });
    definitions[name] = mergeMinors(new Map(having));
  }
  for (const { source, release } of read) {
    const again = releaseAt({ kinds, definitions }, source.minor);
    if (JSON.stringify(sorted(again as never)) !== JSON.stringify(sorted(release as never)))
      throw new Error(`${source.version} cannot be had back from the merged schemas`);
  }
  writeDefinitions(FILE, { sources: read.map(({ source }) => source) as never, kinds: kinds as never }, definitions);
}
