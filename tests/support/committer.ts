/**
 * A process that commits by the publish room, with a registry that is quickly generated: its tree is one file, which all of
 * registry.yaml goes into. Bundled by the test, as it is started hundreds of times.
 *
 * Arguments: folder, field of registry.yaml that is counted up, times, and push where the commits are to be pushed.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  openRepository,
  type Proposal,
  publish,
  recoverLanding,
  refuseUnderWay,
  type Source,
  takeScratch,
  waitForIndex,
} from '../../generator/publish/index.js';

const [root, field, times, push] = process.argv.slice(2) as [string, string, string, string?];
const repository = await openRepository(root, 'write');

/** @returns what a registry.yaml gives. */
function proposalOf(input: Uint8Array): Proposal {
  const text = Buffer.from(input).toString('utf8');
  return {
    inputs: new Map([[`${field}/registry.yaml`, input]]),
    generated: new Map([[`${field}/base/all.yaml`, text.toUpperCase()]]),
    removed: new Set(),
    folders: [`${field}/base`],
  };
}

/** Shared by all, where they push: then it is one file, and each has its own line of it. */
const inputPath = push ? 'registry.yaml' : `${field}/registry.yaml`;

function shared(proposal: Proposal): Proposal {
  if (!push) return proposal;
  const strip = <T>(map: Map<string, T>): Map<string, T> =>
    new Map([...map].map(([path, value]) => [path.slice(field.length + 1), value]));
  return { ...proposal, inputs: strip(proposal.inputs), generated: strip(proposal.generated), folders: ['base'] };
}

function write(path: string, text: string): void {
  // A kill may leave it: not where the test looks for what does not belong there.
  const staged = join(root, '.git', `staged-${process.pid}`);
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(staged, text);
  renameSync(staged, join(root, path));
}

const source: Source = {
  fromFolder: async () => {
    const proposal = shared(proposalOf(readFileSync(join(root, inputPath))));
    for (const [path, text] of proposal.generated) write(path, text);
    return proposal;
  },
  onTop: async (_, inputs) => shared(proposalOf(inputs.get(inputPath)!)),
  message: async () => `${field} goes on`,
};

for (let time = 0; time < Number(times); time++) {
  const text = readFileSync(join(root, inputPath), 'utf8');
  write(
    inputPath,
    text.replace(new RegExp(`^${field}: (\\d+)$`, 'm'), (_, count: string) => `${field}: ${Number(count) + 1}`),
  );
  refuseUnderWay(repository);
  await waitForIndex(repository);
  const scratch = await takeScratch(repository);
  try {
    await recoverLanding(repository, scratch, undefined);
    await publish(repository, scratch, source, { push: push !== undefined, pushTimeout: 60 });
  } finally {
    scratch.giveUp();
  }
}
