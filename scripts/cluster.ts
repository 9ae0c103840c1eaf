/**
 * A Kubernetes node of this machine's own, for running the tree on it:
 *
 *   node --import tsx scripts/cluster.ts build [--folder FOLDER] [--version VERSION]
 *
 * - build: what the node is made of; prints what it builds and how long that took, and nothing where all is there. Needs Go,
 *   npm and Debian's apt; cold it takes some ten minutes of two processors, and 8 GB with Go's own caches
 * - up: starts the node of what was built, with NetworkPolicies enforced, and a shell in it whose kubectl is the node's; when the
 *   shell ends, the node does. Needs root
 */
import { parseArgs } from 'node:util';
import { ClusterNode } from './cluster/node.js';
import { buildParts, PARTS_FOLDER } from './cluster/parts.js';

interface Options {
  folder: string;
  version?: string;
}

const commands: Record<string, (options: Options) => Promise<unknown>> = {
  build: ({ folder, ...options }) => buildParts(folder, { ...options, log: (line) => console.log(line) }),
  up,
};

async function up({ folder, ...options }: Options): Promise<void> {
  const node = new ClusterNode(await buildParts(folder, { ...options, log: (line) => console.log(line) }), folder);
  try {
    await node.up((step) => console.log(`up: ${step}`));
    await node.enforcePolicies();
    console.log(`volumes of pods can be in ${node.data}`);
    await node.shell();
  } finally {
    await node.down();
  }
}

const USAGE = `usage: node --import tsx scripts/cluster.ts ${Object.keys(commands).join('|')} [--folder FOLDER] [--version VERSION]`;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string', default: PARTS_FOLDER }, version: { type: 'string' } },
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
