/**
 * docs/start/laptop.md, step by step, on a real node with the provisioner of kind and k3s. Its commands are run as they stand
 * there, but for those of Docker: crane logs in, pushes and pulls, and files of the node are written in place of `docker cp`.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { merge } from '../../../generator/config/index.js';
import { defaultImages } from '../../../scripts/cluster/names.js';
import { readPage } from '../../docs/pages.js';
import { PROGRAM } from '../../support/cli.js';
import { PASSWORD } from '../../support/cluster/deployment.js';
import { hasNode, NodeRegistry, onNode, parts } from '../../support/node/registry.js';
import { startLocalPath } from '../../support/node/volumes.js';
import { shipped } from '../../support/config.js';
import { prepare } from '../../support/hooks.js';

const test = suite('the page about laptops, on a real node');
const check = onNode(test);
const page = readPage('docs/start/laptop.md');
const clients = readPage('docs/how-to/clients.md');
/** The host of the shipped registry.yaml. */
const HOST = 'registry.example.com';
/** npm in a clone: `npm run [--silent] COMMAND [-- ARGUMENTS]`. */
const NPM = `#!/bin/sh
shift
[ "$1" = --silent ] && shift
command=$1
shift
[ "$1" = -- ] && shift
exec "${process.execPath}" "${PROGRAM}" "$command" "$@"
`;

type Fields = Record<string, unknown>;

let registry: NodeRegistry;
/** As the folder of a clone. */
let clone: string;
let volumes: string;

/** @returns the one snippet of a page that holds a text */
function shown(text: string, { snippets, path } = page): string {
  const found = snippets.filter((snippet) => snippet.text.includes(text));
  assert.is(found.length, 1, `${path}: ${text}`);
  return found[0]!.text;
}

/** Runs shell in the clone, on the node. @returns what it prints @throws Error with what it says, where it fails */
function shell(script: string, input = ''): string {
  writeFileSync(join(clone, 'input'), input);
  const prologue = `cd ${clone}; exec <input; export KUBECONFIG=${registry.node.kubeconfig} PATH=${clone}/bin:$PATH`;
  const { code, out, err } = registry.node.run('bash', '-euc', `${prologue}\n${script}`);
  if (code !== 0) throw new Error(`${script}: ${err}${out}`);
  return out;
}

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.startEmpty();
  volumes = startLocalPath(registry.node, defaultImages().get('redis.image')!);
  clone = mkdtempSync(join(tmpdir(), 'clone-'));
  mkdirSync(join(clone, 'bin'));
  writeFileSync(join(clone, 'bin/npm'), NPM);
  chmodSync(join(clone, 'bin/npm'), 0o755);
});
test.after(async () => {
  await registry?.stop();
  if (clone) rmSync(clone, { recursive: true, force: true });
});

check('the overlay of the page is ready by its commands, on a class that binds at the first pod', () => {
  const config = merge(parse(shipped) as Fields, parse(shown('laptop:')) as Fields);
  writeFileSync(join(clone, 'registry.yaml'), stringify(config));
  const out = shell(shown('npm run --silent htpasswd'), `${PASSWORD}\n`);
  assert.match(out, 'deployment "registry" successfully rolled out');
  const claim = registry.kubectl('get', 'persistentvolumeclaim/registry-data', '--output=jsonpath={.spec} {.status}');
  assert.match(claim, '"storageClassName":"standard"');
  assert.match(claim, '"phase":"Bound"');
  assert.is(readdirSync(volumes).length, 1);
});

check('an image is pushed and pulled through the forwarded port', async () => {
  const [forward] = shown('port-forward service/registry 5000 &').split('\n');
  registry.node.startProgram('port-forward', ['bash', '-c', `exec ${forward!.replace(/ &$/, '')}`]);
  const answers = (): boolean =>
    registry.node.run('crane', 'catalog', '--insecure', 'localhost:5000').err.includes('UNAUTHORIZED');
  await registry.until('the port is forwarded', answers, 30);
  shell(`crane auth login localhost:5000 --username alice --password '${PASSWORD}'`);
  const archive = parts!.images.find((path) => basename(path).startsWith('pause-'))!;
  shell(`crane push ${archive} localhost:5000/hello:1`);
  shell(`crane pull localhost:5000/hello:1 pulled.tar`);
  assert.ok(existsSync(join(clone, 'pulled.tar')));
  assert.match(shell('crane manifest localhost:5000/hello:1'), '"layers"');
});

check('a pod pulls from the registry by the address of its Service, once it has a login', async () => {
  const address = shell(shown("jsonpath='{.spec.clusterIP}'"));
  const folder = join(registry.node.path('certs.d'), HOST);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hosts.toml'), shown('# hosts.toml').replaceAll('10.96.0.10', address));
  const state = (pod: string): string =>
    registry.node.must('--namespace', 'default', 'get', 'pod', pod, '--output=jsonpath={.status.containerStatuses}');
  const run = (pod: string): string => shell(`kubectl -n default run ${pod} --image=${HOST}/hello:1`);
  run('without-login');
  await registry.until('it is refused', () => /ErrImagePull|ImagePullBackOff/.test(state('without-login')), 60);
  assert.match(registry.node.must('--namespace', 'default', 'get', 'events'), /401 Unauthorized|no basic auth/);
  const login = shown('create secret docker-registry registry-login --docker-server', clients)
    .replace('USER', 'alice')
    .replaceAll('NAMESPACE', 'default');
  shell(login, `${PASSWORD}\n`);
  shell(shown('patch serviceaccount default', clients).replaceAll('NAMESPACE', 'default'));
  run('with-login');
  await registry.until('it runs', () => state('with-login').includes('"running"'), 60);
});

check('the registry is taken away with its images', async () => {
  shell(shown('kubectl delete -k'));
  await registry.until('the folder of the volume is removed', () => readdirSync(volumes).length === 0, 120);
  assert.is(registry.node.kubectl('get', 'namespace', 'registry').code, 1);
});

test.run();
