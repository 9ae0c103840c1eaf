/** The invariant: what kustomize builds from the tree is the model, object for object. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, makePlan, variantNames } from '../../generator/plan/index.js';
import { withFolder, writeFiles } from './folder.js';
import type { Kustomize } from './tools.js';

const execute = promisify(execFile);
/** Builds at the same time: kustomize is one process each, and mostly waits for its own start. */
const PARALLEL = 4;

/**
 * Builds the base and every overlay of each config with each kustomize, and compares with the models.
 *
 * @returns the number of builds compared
 */
export async function compareAll(configs: string[], kustomizes: Kustomize[]): Promise<number> {
  let builds = 0;
  const queue = configs.map((text, index) => ({ text, index }));
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      try {
        const compared = await compare(job.text, kustomizes);
        builds += compared;
      } catch (error) {
        queue.length = 0;
        throw new Error(`config ${job.index}:\n${job.text}\n${(error as Error).message}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return builds;
}

async function compare(text: string, kustomizes: Kustomize[]): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  const { config, files } = await makePlan(bytes, 'registry.yaml');
  return withFolder(async (folder) => {
    writeFiles(folder, files);
    let builds = 0;
    for (const name of variantNames(config)) {
      const model = byId(buildVariant(config, name, 'registry.yaml'));
      const seen = new Set<string>();
      for (const { command, label } of kustomizes) {
        const [program, ...args] = command;
        const path = join(folder, name === 'base' ? 'base' : `overlays/${name}`);
        const { stdout, stderr } = await execute(program, [...args, path], { maxBuffer: 2 ** 26 });
        assert.is(stderr, '', `${label} warns about nothing`);
        builds++;
        // What another version has built to the letter needs no second look.
        if (seen.has(stdout)) continue;
        seen.add(stdout);
        const differences = differencesOf(byId(parse(stdout)), model);
        if (differences.length > 0)
          throw new Error([`${name} by ${label} differs from the model:`, ...differences.slice(0, 10)].join('\n'));
      }
    }
    return builds;
  });
}

/** @returns each place where two values differ, lists compared in their order and maps not. */
export function differencesOf(built: unknown, wanted: unknown, path = ''): string[] {
  if (Object.is(built, wanted)) return [];
  if (!isContainer(built) || !isContainer(wanted) || Array.isArray(built) !== Array.isArray(wanted)) {
    return [`${path}: built ${JSON.stringify(built)}, wanted ${JSON.stringify(wanted)}`];
  }
  return [...new Set([...Object.keys(built), ...Object.keys(wanted)])].flatMap((key) =>
    differencesOf(built[key], wanted[key], `${path}/${key}`),
  );
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** YAML 1.1, as the API server's client reads it. */
function parse(text: string): KubernetesObject[] {
  const documents = [...parseAllDocuments(text, { version: '1.1', merge: false })];
  return documents.map((document) => document.toJS() as KubernetesObject);
}

function byId(objects: KubernetesObject[]): Record<string, KubernetesObject> {
  const entries = objects.map((object): [string, KubernetesObject] => [
    `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`,
    object,
  ]);
  const distinct = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  assert.is(Object.keys(distinct).length, objects.length, 'no object is there twice');
  return distinct;
}
