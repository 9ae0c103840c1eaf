/** The command line: each command with its options. */
import { cac } from 'cac';

/** What a command does, once its options are read. @returns the exit code */
export type Run = () => number | Promise<number>;

const EXIT_CODES = `  0  success; validate: warnings only, or nothing
  1  the tree is not up to date with registry.yaml, or a check found something;
     commit: refused by a conflict, a merge under way, a hook or the remote
  2  the command line or registry.yaml is wrong
  3  files cannot be read or written, or are in the way; or there is no kustomize to build an overlay with
  diff: 0 nothing or safe, 10 rolls pods, 11 opens access, 12 needs recreate, 13 deletes data`;

/**
 * What a command does is imported when it runs.
 *
 * @param run gets what the command that is asked for does
 */
export function commandLine(
  run: (action: Run) => void,
  version = process.env['REGISTRY_GITOPS_VERSION'] ?? 'unbuilt',
): ReturnType<typeof cac> {
  const cli = cac('registry-gitops');
  // As a list: an option that is given twice is then known.
  const text = { type: [String] };
  const config = ['--config <file>', 'The input (default: registry.yaml)', text] as const;
  const configs = [
    '--config <file>',
    'The input, or a pattern of several (default: registry.yaml, else registries/*/registry.yaml)',
    text,
  ] as const;
  const out = ['--out <dir>', "Folder of base/ and overlays/ (default: the input's)", text] as const;

  cli
    .command('generate', 'Write base/ and overlays/ as registry.yaml says, and check them')
    .option(...configs)
    .option(...out)
    .option('--dry-run', 'Only say what would change')
    .option('--force', 'Replace files in the way that registry-gitops did not write')
    .option('--no-cache', 'Make everything from nothing, and read every file')
    .option('--steps', 'Print all steps from the tree to the first push, also where nothing has changed')
    .option('--json', 'Print the result as JSON')
    .action((options) => run(async () => (await import('./generate/generate.js')).generate(options)));
  cli
    .command('check', 'Fail, with a diff, if the tree is not up to date with registry.yaml')
    .option(...configs)
    .option(...out)
    .option('--json', 'Print the result as JSON')
    .action((options) => run(async () => (await import('./check/check.js')).check(options)));
  cli
    .command('commit', 'Generate, check, and commit registry.yaml and its tree, or those of a fleet, and nothing else')
    .option(...configs)
    .option(...out)
    .option('--message <text>', 'The message (default: what changes in the cluster)', text)
    .option('--author <author>', 'Name <address> of the author, where it is not who commits', text)
    .option('--signoff', 'Add a line Signed-off-by')
    .option('--branch <name>', 'Commit on this branch, made from HEAD where there is none', text)
    .option('--push', 'Push the commit; generated anew on top of the remote where that has moved, never by force')
    .option('--push-timeout <seconds>', 'How long to wait for an answer of the remote (default: 120)', text)
    .option('--pull-request', "Push, and open a pull request by GitHub's gh, or say how")
    .option('--dry-run', 'Only print message and paths')
    .option('--json', 'Print the result as JSON')
    .action((options) => run(async () => (await import('./commit/commit.js')).commit(options)));
  cli
    .command('watch', 'Generate and check again at each save, until Ctrl-C')
    .option(...configs)
    .option(...out)
    .action((options) => run(async () => (await import('./watch/watch.js')).watch(options)));
  cli
    .command(
      'promote <from> <to>',
      'Copy the reviewed values of one overlay, or of one registry, to another, and generate',
    )
    .option(...config)
    .option('--field <field>', 'Copy this field, with all below it, and no other; may be repeated', text)
    .option('--uncommitted', 'Copy values too that are not committed')
    .option('--dry-run', 'Only say what would change')
    .option('--json', 'Print the result as JSON')
    .action((from, to, options) =>
      run(async () => (await import('./promote/promote.js')).promoteCommand(String(from), String(to), options)),
    );
  cli
    .command(
      'validate [...paths]',
      'Check folders, files, overlays or standard input (-), written by anyone; without a path the tree that is here',
    )
    .option(...configs)
    .option('--format <format>', 'text, json, sarif or github (default: text)', text)
    .option(
      '--kubernetes-version <version>',
      'A minor such as 1.34, or a range such as 1.33-1.36 (default: as registry.yaml says, else every known minor)',
      text,
    )
    .option('--crd <file>', 'A CustomResourceDefinition to check by; may be repeated', text)
    .option('--external <object>', 'An object that the cluster has from elsewhere, as Kind/name; may be repeated', text)
    .option('--previous <path>', 'What the cluster runs now, to find changes that cannot be made in place', text)
    .action((paths, options) =>
      run(async () => (await import('./validate/validate.js')).validate(paths as string[], options)),
    );
  cli
    .command(
      'diff [from] [to]',
      'What would change in the cluster, from a commit (default: HEAD) to what registry.yaml generates, or to another commit',
    )
    .option(...configs)
    .option(...out)
    .option('--overlay <name>', 'Only this overlay', text)
    .option('--tree', 'Compare with the tree on disk')
    .option('--live', 'Compare with what a cluster has, through kubectl')
    .option('--context <name>', 'Context of the kubeconfig for --live (default: the current one)', text)
    .option('--format <format>', 'text, markdown or json (default: text)', text)
    .option(
      '--fail-on <class>',
      'Exit with 0 for what is less: rolls-pods, opens-access, needs-recreate, deletes-data (default: rolls-pods)',
      text,
    )
    .action((from, to, options) =>
      run(async () =>
        (await import('./diff/diff.js')).diff(
          [from, to].filter((revision) => revision !== undefined).map(String),
          options,
        ),
      ),
    );
  cli
    .command('build <overlay>', 'Print the finished objects of an overlay, or of the base')
    .option(...config)
    .option('--format <format>', 'yaml or json (default: yaml)', text)
    .action((overlay, options) => run(async () => (await import('./build/build.js')).build(overlay, options)));
  cli
    .command(
      'explain <subject>',
      'Explain a field of registry.yaml (redis.memory), a rule (gc-cache) or an object (Deployment/registry, Deployment/registry:spec.replicas)',
    )
    .option(...config)
    .option('--overlay <name>', 'Look at this overlay, or at base', text)
    .option('--json', 'Print the result as JSON')
    .action((subject, options) =>
      run(async () => (await import('./explain/explain.js')).explain(String(subject), options)),
    );
  cli
    .command(
      'init [folder]',
      'Write a repository to start from: registry.yaml, its tree, package.json, workflows; never over a file',
    )
    .option('--config <file>', 'Write this registry.yaml, and nothing else', text)
    .action((folder, options) =>
      run(async () =>
        (await import('./init/init.js')).init(folder === undefined ? undefined : String(folder), options),
      ),
    );
  cli
    .command(
      'htpasswd [user]',
      'Print the Secret with a login; the password is prompted for, or read from standard input',
    )
    .option(...config)
    .option('--overlay <name>', 'Take name, namespace and storage from this overlay', text)
    .option(
      '--cost <rounds>',
      'Rounds of bcrypt as a power of two, 4 to 14 (default: 10). Each request costs them: 60 ms with 10, 2 ms with 5',
      text,
    )
    .option('--line', 'Print only the line for the htpasswd file, to add a user')
    .option(
      '--patch <key>',
      'Print a patch with this key of the Secret, and no other, for kubectl patch --patch-file; may be repeated',
      text,
    )
    .action((user, options) =>
      run(async () =>
        (await import('./htpasswd/htpasswd.js')).htpasswd(user === undefined ? undefined : String(user), options),
      ),
    );

  cli
    .command(
      'clients [...names]',
      'Print what clients (docker, podman, containerd, k3s, kind, minikube, buildkit, pods) need for this registry',
    )
    .option(...config)
    .option('--overlay <name>', 'Take host and TLS from this overlay, or from base', text)
    .option('--ca <file>', "The certificate of your own authority, where the registry's is of that", text)
    .option('--json', 'Print the result as JSON')
    .action((names, options) =>
      run(async () => (await import('./clients/clients.js')).clients(names as string[], options)),
    );

  // The parser gives each --no-option that default.
  cli.help((sections) => [
    ...sections.map(({ body, ...section }) => ({ ...section, body: body.replaceAll(' (default: true)', '') })),
    { title: 'Exit codes', body: EXIT_CODES },
  ]);
  cli.version(version);
  return cli;
}
