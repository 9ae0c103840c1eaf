/**
 * The conformance suite of the OCI distribution spec, on the real registry with what each shipped overlay gives it: what
 * passes with upstream's registry as it comes must pass with ours. What fails upstream is in docs/background/conformance.md.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { podSpecOf } from '../../../generator/model/index.js';
import { buildVariant } from '../../../generator/plan/index.js';
import {
  behindOneAddress,
  CONFORMANCE,
  failuresByGroup,
  type Outcomes,
  regressions,
  runConformance,
} from '../../support/cluster/conformance.js';
import { configOf, only, shipped } from '../../support/config.js';
import { AUTHORIZATION, LocalDeployment, PASSWORD, USER } from '../../support/cluster/deployment.js';
import { freePort, Processes, until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];
const conformance = findProgram(CONFORMANCE);
const PAGE = 'docs/background/conformance.md';

/**
 * @returns the shipped registry.yaml with another image, and the base or one of its overlays once more, as `it`: with a Redis in
 *   each pod as one replica, as more would take no deletions
 */
function yamlOf(image: string, variant: string): string {
  const file = parse(shipped) as { overlays: Record<string, object> };
  const yaml = (own: object): string =>
    stringify({
      ...file,
      image,
      overlays: { ...file.overlays, it: { ...(variant === 'base' ? {} : { extends: variant }), ...own } },
    });
  const [it] = configOf(yaml({})).overlays.filter(({ name }) => name === 'it');
  return yaml(it!.settings.redis.type === 'sidecar' ? { replicas: 1 } : {});
}

/** @returns the base and the shipped overlays, those together whose registry runs with the same config.yml, environment and arguments. */
function alike(image: string): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of ['base', ...Object.keys((parse(shipped) as { overlays: object }).overlays)]) {
    const objects = buildVariant(configOf(yamlOf(image, name)), 'it', 'registry.yaml');
    const pod = podSpecOf(only({ objects }, 'Deployment'))!;
    const { args, env } = pod.containers[0]!;
    const configMap = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('registry-config-'),
    ) as unknown as { data: object };
    const key = JSON.stringify([configMap.data, args, env, pod.initContainers]);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

/** Runs the suite against upstream's registry with the least that it needs: a folder, and deletion, without which much is skipped. */
async function runUpstream(program: string): Promise<Outcomes> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-e2e-'));
  const processes = new Processes();
  try {
    const address = `127.0.0.1:${await freePort()}`;
    const config = {
      version: '0.1',
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: address },
    };
    writeFileSync(join(folder, 'config.yml'), stringify(config));
    const { log } = processes.start(program, ['serve', join(folder, 'config.yml')], { OTEL_TRACES_EXPORTER: 'none' });
    await until('the registry is ready', async () => (await fetch(`http://${address}/`)).status === 200, 10_000, log);
    return await runConformance(conformance!, address, folder);
  } finally {
    await processes.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param change makes the registry worse, to see that the comparison finds it */
async function runOurs(
  program: string,
  yaml: string,
  change: (deployment: LocalDeployment) => void = () => {},
): Promise<Outcomes> {
  const deployment = new LocalDeployment(yaml, program);
  try {
    change(deployment);
    // As many as in its registry.yaml, and no more than two.
    await deployment.start(deployment.redisContainer && !deployment.sharesRedis ? 1 : 2);
    const results = join(deployment.folder, 'results');
    mkdirSync(results);
    return await behindOneAddress(deployment.replicas, async (address) => {
      assert.is(
        (await fetch(`http://${address}/v2/`, { headers: { authorization: AUTHORIZATION } })).status,
        200,
        'the login that our own command made',
      );
      return runConformance(conformance!, address, results, USER, PASSWORD);
    });
  } finally {
    await deployment.stop();
  }
}

/** @returns the column of a version in the table of docs/background/conformance.md: group -> failed of all. */
function documented(version: string): Map<string, string> {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const column = rows[0]!.indexOf(version);
  return new Map(
    rows
      .slice(2)
      .filter((cells) => cells[column])
      .map((cells) => [cells[1]!, cells[column]!]),
  );
}

for (const { image, program } of registries) {
  const test = suite(`OCI conformance of ${image}`);
  const path = findProgram(program);
  const tools = path !== undefined && conformance !== undefined && findProgram('redis-server') !== undefined;
  const define = (name: string, run: () => Promise<void>): void =>
    testWith(test, `${program}, redis-server or ${CONFORMANCE}`, tools, name, run);
  let running: Promise<Outcomes> | undefined;
  const upstream = (): Promise<Outcomes> => (running ??= runUpstream(path!));

  define('upstream fails what docs/background/conformance.md says, and nothing else', async () => {
    const outcomes = await upstream();
    const version = image.split(':')[1]!;
    assert.equal([...failuresByGroup(outcomes)].sort(), [...documented(version)].sort());
    const sum = (key: 'passed' | 'total'): number => [...outcomes.values()].reduce((all, one) => all + one[key], 0);
    const page = readFileSync(PAGE, 'utf8').replaceAll(/\s+/g, ' ');
    assert.match(page, `${sum('passed')} of ${sum('total')} with ${version === '2.8.2' ? 'registry ' : ''}${version}`);
  });

  for (const names of alike(image)) {
    define(`${names.join(', ')}: what passes upstream passes`, async () => {
      assert.equal(regressions(await upstream(), await runOurs(path!, yamlOf(image, names[0]!))), []);
    });
  }

  if (image === registries.at(-1)!.image)
    define('the comparison finds a registry that deletes nothing', async () => {
      const ours = await runOurs(path!, yamlOf(image, 'base'), ({ pod }) =>
        pod.containers[0]!.env!.push({ name: 'REGISTRY_STORAGE_DELETE_ENABLED', value: 'false' }),
      );
      assert.match(
        regressions(await upstream(), ours).join('\n'),
        /^sha256 blobs\/stream\/blob-delete: 0 of 1 passed, elsewhere 1$/m,
      );
    });
  test.run();
}
