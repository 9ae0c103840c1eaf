/** The form of what other programs' commands in the documentation look like, and of npm's. */
import { readFileSync } from 'node:fs';
import { problemOfOwn } from './command-line.js';
import { type Known, problemOfKubectl } from './kubectl.js';
import type { Command } from './shell.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** Images and hosts of the examples. */
const IMAGE = String.raw`(registry\.example\.com|localhost:5000|REGISTRY)/[a-z][\w./-]*(:[\w.-]+|@sha256:[0-9a-f]{64})?`;

/** Program -> what its arguments look like, joined by spaces. */
const FORMS: Record<string, RegExp> = {
  argocd: /^cluster list$/,
  base64: /^(-d)?$/,
  cd: /^[\w./-]+$/,
  // The API's page runs as it stands, in tests/e2e/registry/api-page.test.ts.
  curl: /^--netrc .*https:\/\/registry\.example\.com\/v2\/\S*$/,
  docker: new RegExp(
    String.raw`^(login (registry\.example\.com|localhost:5000)|(push|pull) ${IMAGE}|tag [\w.:/-]+ ${IMAGE}|exec (-i )?(kind-control-plane|OUTPUT) \S.*|cp \S+ (kind-control-plane|OUTPUT):\S+|buildx create --use --buildkitd-config \S+)$`,
  ),
  flux: /^push artifact oci:\/\/\S+ --path \S+/,
  git: /^(clone \S+( \S+)?|config \S+( \S+)?|init( \S+)?|add \S+|remote (get-url|add) \S+|rev-parse \S+|stash|worktree add \S+ \S+|commit (--amend|--message .+ -- \S+)|push|rm tools\/registry-gitops-cli-OLD\.tgz|switch \S+|log --max-count=1 --patch --grep=.+)$/,
  helm: /^template \S+$/,
  mkdir: /^(-p )?\S+$/,
  cut: /^-d \S -f \d$/,
  gcloud:
    /^(container clusters update CLUSTER --location LOCATION|compute addresses (create|describe) \S+ --global|dns record-sets create \S+\. --zone)( |$)/,
  grep: /^-v \S+$/,
  minikube: /^(start --(insecure-registry \S+|embed-certs)|stop)$/,
  install: /^-D -m 644 ca\.crt \S+$/,
  kind: /^get nodes$/,
  sudo: /^(chown -R 10001:10001 \S+|install (-D )?-m 644 ca\.crt \/etc\/\S+|systemctl (restart|reload) \S+)$/,
  openssl: /^rand -hex \d+$/,
  // Never a name, for which a registry of packages is asked.
  npx: /^--package \/\S+\/TARBALL -- registry-gitops init \S+$/,
  rm: /^[\w.-]+$/,
  tr: /^-d \\n$/,
  'redis-cli': /^(-p \d+ )?(flushall|role|sentinel ckquorum \S+)$/,
  sops: /^encrypt --age \S+ /,
};

/** npm's own commands, and what may follow. */
const NPM: Record<string, RegExp> = {
  ci: /^$/,
  cit: /^$/,
  install: /^(--save-dev --offline \.\/tools\/registry-gitops-cli-VERSION\.tgz)?$/,
  test: /^(-- \S+)?$/,
  version: /^--no-git-tag-version \d+\.\d+\.\d+$/,
};

/** @returns what is wrong with a command; undefined where its form is right. */
export function problemOf([program, ...args]: Command, known: Known): string | undefined {
  if (program === 'registry-gitops') return problemOfOwn(args);
  if (program === 'npm') return problemOfNpm(args);
  if (program === 'node') return problemOfNode(args);
  if (program === 'kubectl') return problemOfKubectl(args, known);
  const form = FORMS[program];
  if (!form)
    return `the tests know no program ${program}: add the form of its commands, or a comment <!-- unchecked: why -->`;
  return form.test(args.join(' ')) ? undefined : `${program} is not used in a form that the tests know`;
}

/** @returns the arguments of this program's own command line, where a command starts it. */
export function ownArguments([program, ...args]: Command): string[] | undefined {
  if (program === 'registry-gitops') return args;
  if (program !== 'npm' || args[0] !== 'run') return undefined;
  const [name = '', separator, ...rest] = args.slice(1).filter((arg) => arg !== '--silent');
  const [, command] = /^node scripts\/start\.js (\w+)$/.exec(scripts[name] ?? '') ?? [];
  return command && (separator === undefined || separator === '--') ? [command, ...rest] : undefined;
}

function problemOfNpm([command = '', ...args]: string[]): string | undefined {
  if (command !== 'run') {
    const form = NPM[command];
    if (!form) return `npm ${command} is not used in these pages`;
    return form.test(args.join(' ')) ? undefined : `npm ${command} is not used with "${args.join(' ')}"`;
  }
  const [name = '', separator, ...rest] = args.filter((arg) => arg !== '--silent');
  if (!(name in scripts)) return `package.json has no script ${name}`;
  if (separator !== undefined && separator !== '--') return `npm takes ${separator} for itself: write -- in front`;
  const own = ownArguments(['npm', 'run', ...args]);
  if (own) return problemOfOwn(own);
  return rest.length === 0 || name === 'refresh-schemas' ? undefined : `${name} is a script that takes nothing`;
}

function problemOfNode(args: string[]): string | undefined {
  if (/^PROGRAM$|\/dist\/registry-gitops\.js$/.test(args[0] ?? '')) return problemOfOwn(args.slice(1));
  const file = args.find((arg) => /\.(ts|js)$/.test(arg));
  if (!file) return 'names no file that node runs';
  try {
    readFileSync(file);
    return undefined;
  } catch {
    return `there is no file ${file}`;
  }
}
