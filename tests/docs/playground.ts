/** A repository in which the documentation's commands of this program run as a reader would run them. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, run } from '../support/cli.js';
import { CA_CERTIFICATE } from '../support/certificate.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { git, GIT_ENV } from '../support/git.js';

/** What the pages' overlays staging and prod are. */
const ENVIRONMENTS = `
  staging:
    extends: tls
    namespace: staging
    image: registry:3.1.0
  prod:
    extends: tls
    namespace: prod
`;
const OBJECT = 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: mine\nautomountServiceAccountToken: false\n';

/** Commands that write, or may: each runs in a copy of its own, so that none depends on another. */
const WRITING = new Set(['commit', 'generate', 'init', 'promote']);

/** Prepares the repository, and gives `use` what runs a command in it. */
export async function withPlayground(
  use: (runOnce: (args: string[]) => Promise<Result>) => Promise<void>,
): Promise<void> {
  await withFolder(async (origin) => {
    prepare(origin);
    await use(async (args) =>
      WRITING.has(args[0]!) ? withFolder((copy) => runInCopy(origin, copy, args)) : runIn(origin, args),
    );
  });
}

function runInCopy(origin: string, copy: string, args: string[]): Result {
  cpSync(origin, copy, { recursive: true, verbatimSymlinks: true });
  git(join(copy, 'registry'), 'remote', 'set-url', 'origin', join(copy, 'origin.git'));
  return runIn(copy, args);
}

function runIn(root: string, args: string[]): Result {
  // As a password, for a login; as objects, for `validate -`.
  const input = args.includes('-') ? OBJECT : 'correct horse\n';
  return run(join(root, 'registry'), args, input, { ...GIT_ENV, HOME: root, CI: '' });
}

/** Makes the repository with two commits, its remote, and what the pages name beside it. */
function prepare(root: string): void {
  const folder = join(root, 'registry');
  const yaml = readFileSync('registry.yaml', 'utf8') + ENVIRONMENTS;
  mkdirSync(folder);
  git(root, 'init', '--quiet', '--bare', '--initial-branch=main', 'origin.git');
  git(root, 'clone', '--quiet', 'origin.git', 'registry');
  git(folder, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  const commitAll = (tag: string, text: string): void => {
    writeFiles(folder, [['registry.yaml', text]]);
    const { code, err } = run(folder, ['generate']);
    if (code !== 0) throw new Error(`the playground has no tree:\n${err}`);
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', tag);
    git(folder, 'tag', tag);
  };
  writeFiles(folder, [
    ['ca.crt', CA_CERTIFICATE],
    ['manifests.yaml', OBJECT],
    ['manifests/account.yaml', OBJECT],
    ['secrets/none.yaml', OBJECT],
  ]);
  for (const name of ['oslo', 'staging', 'prod'])
    writeFiles(folder, [[`registries/${name}/registry.yaml`, `name: ${name}\nnamespace: ${name}\n`]]);
  run(folder, ['generate', '--config', 'registries/*/registry.yaml']);
  commitAll('v1', yaml);
  commitAll('v2', yaml.replace('replicas: 2', 'replicas: 3'));
  git(folder, 'push', '--quiet', '--set-upstream', 'origin', 'main');
  writeFiles(root, [['other/deploy/account.yaml', OBJECT]]);
  cpSync(join(folder, 'overlays'), join(root, 'before/overlays'), { recursive: true });
  cpSync(join(folder, 'base'), join(root, 'before/base'), { recursive: true });
}
