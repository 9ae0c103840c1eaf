/**
 * Builds kube-apiserver from the official Go module, for comparing the checks with it:
 *
 *   node --import tsx scripts/build-apiserver.ts FOLDER [VERSION]
 *
 * FOLDER keeps the program, and Go's cache what it was built from. VERSION is the newest that there are schemas for.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKubernetes } from './cluster/kubernetes.js';
import { root } from './schemas/json.js';

const [folder, version = newestVersion()] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node --import tsx scripts/build-apiserver.ts FOLDER [VERSION]');
  process.exit(2);
}
const [program] = await buildKubernetes(folder, version, ['kube-apiserver']);
console.log(program);

function newestVersion(): string {
  const { sources } = JSON.parse(readFileSync(join(root, 'schemas/kubernetes/definitions.json'), 'utf8')) as {
    sources: { version: string }[];
  };
  return sources.at(-1)!.version;
}
