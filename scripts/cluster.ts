/**
 * A Kubernetes cluster of this machine's own, of one node or several, for running the tree on it:
 *
 *   node --import tsx scripts/cluster.ts build|up [--folder FOLDER] [--version VERSION] [--nodes COUNT] [--with NAME]
 *
 * - build: what a node is made of; prints what it builds and how long that took, and nothing where all is there. Needs Go,
 *   npm and Debian's apt; cold it takes some 20 minutes of two processors, and 8 GB with Go's own caches. With `--with` also what
 *   one suite needs beside a node: flux, argo-cd
 * - up: starts nodes of what was built, with NetworkPolicies enforced, and a shell in the first whose kubectl is the cluster's; when
 *   the shell ends, the nodes do. Needs root
 */
import { parseArgs } from 'node:util';
import { buildArgoCd } from './cluster/argo-cd.js';
import type { Log } from './cluster/cache.js';
import { buildFlux } from './cluster/flux.js';
import { Cluster } from './cluster/cluster.js';
import { buildParts, PARTS_FOLDER } from './cluster/parts.js';

interface Options {
  folder: string;
  version?: string;
  nodes: string;
  with: string[];
}

/** What one suite needs beside a node. */
const EXTRAS: Record<string, (folder: string, log: Log) => Promise<void>> = { flux: buildFlux, 'argo-cd': buildArgoCd };

const log: Log = (line) => console.log(line);
const commands: Record<string, (options: Options) => Promise<unknown>> = { build, up };

async function build({ folder, version, with: extras }: Options): Promise<void> {
  const builders = extras.map((name) => {
    const builder = EXTRAS[name];
    if (!builder) throw new Error(`"${name}" is none of ${Object.keys(EXTRAS).join(', ')}`);
    return builder;
  });
  await buildParts(folder, { version, log });
  for (const builder of builders) await builder(folder, log);
}

async function up({ folder, version, nodes }: Options): Promise<void> {
  const node = new Cluster(await buildParts(folder, { version, log }), folder, { nodes: Number(nodes) });
  try {
    await node.up((step) => console.log(`up: ${step}`));
    await node.enforcePolicies();
    console.log(`volumes of pods can be in ${node.data}`);
    await node.shell();
  } finally {
    await node.down();
  }
}

const USAGE = `usage: node --import tsx scripts/cluster.ts ${Object.keys(commands).join('|')} [--folder FOLDER] [--version VERSION] [--nodes COUNT] [--with ${Object.keys(EXTRAS).join('|')}]`;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: PARTS_FOLDER },
    version: { type: 'string' },
    nodes: { type: 'string', default: '1' },
    with: { type: 'string', multiple: true, default: [] },
  },
});
const command = commands[positionals.join(' ')];
if (!command) {
  console.error(USAGE);
  process.exit(2);
}
try {
  await command(values);
} catch (error) {
  console.error(`cluster: ${process.env['DEBUG'] ? (error as Error).stack : (error as Error).message}`);
  process.exitCode = 1;
}
