/** What the program generates of a registry.yaml that a page shows. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { fieldsOfSchema, merge } from '../../generator/config/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant } from '../../generator/plan/index.js';
import { run } from '../support/cli.js';
import { configOf } from '../support/config.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { type Page, readPage, type Snippet } from './pages.js';

export interface Generated {
  /** Of generate: exit code, and what it says of what is wrong. */
  code: number | null;
  err: string;
  /** Paths in the tree. */
  files: string[];
  /** Finished objects of the base and of every overlay. */
  objects: KubernetesObject[];
}

const FIELDS = new Set(fieldsOfSchema().map(({ path }) => path.split(/[.[]/, 1)[0]!));
const shipped = readFileSync('registry.yaml', 'utf8');
const known = new Map<string, Promise<Generated>>();

/** @returns whether a snippet is of registry.yaml: a map whose keys are all fields of it. */
export function isRegistryYaml({ language, text }: Snippet): boolean {
  if (language !== 'yaml' || text.includes('\n---\n')) return false;
  const value = parse(text) as unknown;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => FIELDS.has(key));
}

/** @returns what a snippet generates: as it stands, or where it does not stand alone as a change of the shipped registry.yaml. */
export async function generatedBySnippet({ text }: Snippet): Promise<Generated> {
  const alone = await generatedBy(text);
  if (alone.code === 0) return alone;
  return generatedBy(
    stringify(merge(parse(shipped) as Record<string, unknown>, parse(text) as Record<string, unknown>)),
  );
}

/** @returns what the shipped registry.yaml, the example of a delivery and the snippets of a page generate, in one. */
export async function generatedOn(page: Page): Promise<Pick<Generated, 'files' | 'objects'>> {
  const all = [await generatedBy(shipped)];
  const delivery = readPage('docs/how-to/delivery.md').snippets.find(isRegistryYaml)!;
  for (const snippet of [delivery, ...page.snippets])
    if (isRegistryYaml(snippet)) all.push(await generatedBySnippet(snippet));
  return { files: all.flatMap(({ files }) => files), objects: all.flatMap(({ objects }) => objects) };
}

function generatedBy(yaml: string): Promise<Generated> {
  const done = known.get(yaml) ?? generate(yaml);
  known.set(yaml, done);
  return done;
}

function generate(yaml: string): Promise<Generated> {
  return withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', yaml]]);
    const { code, err } = run(folder, ['generate']);
    if (code !== 0) return { code, err, files: [], objects: [] };
    const config = configOf(yaml);
    const objects = ['base', ...config.overlays.map(({ name }) => name)].flatMap((name) =>
      buildVariant(config, name, 'registry.yaml'),
    );
    const files = readFiles(folder, ['node_modules']);
    const delivered = Object.entries(files)
      .filter(([path]) => path.startsWith('delivery/') && path.endsWith('.yaml'))
      .map(([, text]) => parse(text) as KubernetesObject)
      .filter(({ metadata }) => metadata !== undefined);
    return { code, err, files: Object.keys(files), objects: [...objects, ...delivered] };
  });
}
