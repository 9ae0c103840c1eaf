/**
 * A Kubernetes cluster of this machine's own, of one node or several, for running the tree on it:
 *
 *   node --import tsx scripts/cluster.ts build|build-flux|up [--folder FOLDER] [--version VERSION] [--nodes COUNT]
 *
 * - build: what a node is made of; prints what it builds and how long that took, and nothing where all is there. Needs Go,
 *   npm and Debian's apt; cold it takes some ten minutes of two processors, and 8 GB with Go's own caches
 * - build-flux: Flux's controllers and SOPS, which one suite runs on the node
 * - up: starts nodes of what was built, with NetworkPolicies enforced, and a shell in the first whose kubectl is the cluster's; when
 *   the shell ends, the nodes do. Needs root
 */
import { parseArgs } from 'node:util';
import { buildFlux } from './cluster/flux.js';
import { ClusterNode } from './cluster/node.js';
import { buildParts, PARTS_FOLDER } from './cluster/parts.js';

interface Options {
  folder: string;
  version?: string;
  nodes: string;
}

const commands: Record<string, (options: Options) => Promise<unknown>> = {
  build: ({ folder, ...options }) => buildParts(folder, { ...options, log: (line) => console.log(line) }),
  'build-flux': ({ folder }) => buildFlux(folder, (line) => console.log(line)),
  up,
};

async function up({ folder, nodes, ...options }: Options): Promise<void> {
  const parts = await buildParts(folder, { ...options, log: (line) => console.log(line) });
  const node = new ClusterNode(parts, folder, { nodes: Number(nodes) });
  try {
    await node.up((step) => console.log(`up: ${step}`));
    await node.enforcePolicies();
    console.log(`volumes of pods can be in ${node.data}`);
    await node.shell();
  } finally {
    await node.down();
  }
}

const USAGE = `usage: node --import tsx scripts/cluster.ts ${Object.keys(commands).join('|')} [--folder FOLDER] [--version VERSION] [--nodes COUNT]`;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: PARTS_FOLDER },
    version: { type: 'string' },
    nodes: { type: 'string', default: '1' },
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
