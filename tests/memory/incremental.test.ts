/** What a run remembers changes nothing of the result: it is the same as from nothing. */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { Memory, remembering } from '../../generator/memory/index.js';
import { ConfigError } from '../../generator/config/index.js';
import { makePlan, type Plan } from '../../generator/plan/index.js';
import { type Change, compareTree } from '../../generator/tree/index.js';
import { bytesOf, shipped } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('what a run remembers');

/** Remembers as the next run would: by way of the text that is kept. */
const nextRun = (memory: Memory, program = memory.program): Memory =>
  new Memory(program, JSON.parse(JSON.stringify(memory.kept())));
const planOf = (text: string, memory?: Memory): Promise<Plan> =>
  makePlan(bytesOf(text), 'registry.yaml', memory ? { wrap: remembering(memory) } : {});
/** All that a plan gives. */
const contents = ({ files, findings, unused }: Plan): unknown => ({ files: [...files], findings, unused });

/** @returns configs that each differ from the one before by what a user edits at a time. */
function edited(text: string, other: string): string[] {
  const [config, donor] = [parse(text), parse(other)];
  const names = Object.keys(config.overlays);
  const without = (key: string): object => Object.fromEntries(Object.entries(config).filter(([name]) => name !== key));
  return [
    {
      ...config,
      overlays: { ...config.overlays, [names.at(-1)!]: { ...config.overlays[names.at(-1)!], drainSeconds: 7 } },
    },
    { ...config, drainSeconds: 8 },
    {
      ...config,
      overlays: { ...config.overlays, added: { ...Object.values(donor.overlays as object)[0], extends: names[0] } },
    },
    { ...config, overlays: Object.fromEntries(names.slice(0, -1).map((name) => [name, config.overlays[name]])) },
    {
      ...config,
      checks: {
        ignore: {
          'plain-http-login': 'A private network.',
          'registry-auth': 'Public.',
        },
      },
    },
    { ...config, kubernetesVersion: '1.34' },
    without('replicas'),
    config,
  ].map((value) => stringify(value, { version: '1.2', compat: 'yaml-1.1' } as never));
}

test('gives the same files, findings and unused exceptions as nothing, edit by edit', async () => {
  const configs = randomConfigs(12, 41);
  let [known, all, withFindings] = [0, 0, 0];
  for (const [index, text] of configs.entries()) {
    let memory = new Memory('test');
    await planOf(text, memory);
    for (const next of edited(text, configs[(index + 1) % configs.length]!)) {
      const before = Object.keys(memory.kept().layers);
      memory = nextRun(memory);
      const cold = await planOf(next).catch((error) => error);
      const warm = await planOf(next, memory).catch((error) => error);
      if (cold instanceof ConfigError) {
        assert.is(warm.message, cold.message);
        continue;
      }
      if (cold.findings.length > 0) withFindings++;
      all += cold.config.overlays.length + 1;
      known += Object.keys(memory.kept().layers).filter((key) => before.includes(key)).length;
      assert.equal(contents(warm), contents(cold), next);
      for (const path of warm.files.keys()) assert.is(warm.files.hashOf(path), cold.files.hashOf(path));
    }
  }
  assert.ok(
    all > 100 && known >= 10 && withFindings > 5,
    `${all} layers, ${known} known, ${withFindings} with findings`,
  );
});

test('spares the layers that stay as they are', async () => {
  const memory = new Memory('test');
  await planOf(shipped, memory);
  const second = nextRun(memory);
  await planOf(shipped.replace('class: gce\n    tls', 'class: gce\n    drainSeconds: 5\n    tls'), second);
  const kept = Object.keys(memory.kept().layers);
  assert.is(kept.length, 5);
  assert.is(Object.keys(second.kept().layers).filter((key) => kept.includes(key)).length, 4);
});

test('does not hold for another program, nor a layer in which something was found', async () => {
  const memory = new Memory('test');
  await planOf(shipped, memory);
  const other = nextRun(memory, 'other');
  await planOf(shipped, other);
  assert.ok(Object.keys(other.kept().layers).every((key) => !(key in memory.kept().layers)));
  const unsound = new Memory('test');
  assert.ok((await planOf('host: registry.example.com\ningress: {class: nginx}\n', unsound)).findings.length > 0);
  assert.equal(unsound.kept().layers, {});
});

test('that is wrong is reported, and never written', async () => {
  const memory = new Memory('test');
  await planOf(shipped, memory);
  const kept = memory.kept();
  for (const record of Object.values(kept.layers)) record.files[0]![1] = '0'.repeat(64);
  const { files } = await planOf(shipped, new Memory('test', kept));
  assert.throws(() => [...files], /the cache is wrong about base\/.*; run with --no-cache/);
});

/** What a comparison finds, with all files read and with what is remembered. */
async function compared(folder: string, plan: Plan, memory: Memory): Promise<Change[]> {
  const cold = compareTree(folder, plan.files);
  assert.equal(compareTree(folder, plan.files, memory), cold);
  return cold.changes;
}

test('of files on disk lets every edit be seen: of the same size, with the old time, by rename, removed', () =>
  withFolder(async (folder) => {
    const plan = await planOf(shipped);
    writeFiles(folder, plan.files);
    const [a, b, c, d] = [
      'base/deployment.yaml',
      'base/service.yaml',
      'overlays/tls/ingress.yaml',
      'base/kustomization.yaml',
    ];
    // A time that can be set back to the very same.
    const setTime = (): void => utimesSync(join(folder, a), 1_700_000_000.0015, 1_700_000_000.0015);
    setTime();
    await sleep(60);
    let memory = new Memory('test');
    assert.is((await compared(folder, plan, memory)).length, 1, 'but for the list of files');
    memory = nextRun(memory);
    await compared(folder, plan, memory);
    assert.not(memory.isNew, 'nothing was read again');
    const text = (path: string): string => readFileSync(join(folder, path), 'utf8');
    const { mtimeMs } = statSync(join(folder, a));
    writeFileSync(join(folder, a), text(a).replace('Deployment', 'Deploymenu'));
    setTime();
    assert.is(statSync(join(folder, a)).mtimeMs, mtimeMs);
    rmSync(join(folder, b));
    writeFileSync(join(folder, b), plan.files.get(b)!.replace('5000', '5001'));
    rmSync(join(folder, c));
    writeFileSync(join(folder, d), text(d));
    memory = nextRun(memory);
    assert.equal(
      (await compared(folder, plan, memory)).map(({ path }) => path).sort(),
      [a, b, c, '.registry-gitops.sha256'].sort(),
    );
    assert.equal(Object.keys(readFiles(folder)).length, plan.files.size - 1);
  }));

test('of a file just written counts for nothing, as the clock may not have moved since', () => {
  const now = Date.now();
  const stat = { size: 5, ino: 1, mtimeMs: now + 0.25, ctimeMs: now + 0.25 } as never;
  const at = (moment: number, of = stat): string | undefined => {
    const memory = new Memory('test');
    memory.learn('a', of, 'hash', moment);
    return nextRun(memory).hashOf('a', of);
  };
  assert.is(at(now + 1), undefined);
  assert.is(at(now + 500), 'hash');
  const seconds = { size: 5, ino: 1, mtimeMs: 1_000_000, ctimeMs: 1_000_000 } as never;
  assert.is(at(1_000_500, seconds), undefined, 'times in whole seconds');
  assert.is(at(1_004_000, seconds), 'hash');
});

test.run();
