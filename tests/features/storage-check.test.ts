/** A volume that the registry's user cannot write keeps the registry's pods from starting, and the log says why. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { podSpecOf } from '../../generator/model/index.js';
import { modelOf } from '../support/config.js';
import { withFolder } from '../support/folder.js';
import { findProgram, testWith } from '../support/tools.js';
import { everyModel, podOf } from './built.js';

const test = suite('the check of the volume');
const CHECK = 'check-storage';
const USER = 10_001;
const isRoot = process.getuid?.() === 0;
const pod = podOf(modelOf({}));
const check = pod.initContainers!.find(({ name }) => name === CHECK)!;

test('is in the pods of the registry wherever images are in a volume, and in no others', () => {
  const found = new Set<string>();
  for (const { settings, model } of everyModel) {
    found.add(settings.storage.type);
    for (const object of model.objects) {
      const checks = podSpecOf(object)?.initContainers?.filter(({ name }) => name === CHECK) ?? [];
      const writes = object.kind === 'Deployment' && settings.storage.type === 'volume';
      assert.is(checks.length, writes ? 1 : 0, `${object.kind}/${object.metadata.name}`);
    }
  }
  assert.equal([...found].sort(), ['s3', 'volume']);
});

test('runs with the image, user and volume of the registry, before it, and beside the sidecars', () => {
  for (const config of [
    {},
    { redis: { type: 'sidecar' } },
    { metrics: { enabled: true }, redis: { type: 'sidecar' } },
  ]) {
    const { initContainers, containers, securityContext } = podOf(modelOf({ image: 'registry:2.8.3', ...config }));
    const { image, securityContext: own, volumeMounts, restartPolicy } = initContainers!.at(-1)!;
    const [registry] = containers;
    assert.equal([image, own], [registry!.image, registry!.securityContext]);
    assert.equal(
      volumeMounts,
      registry!.volumeMounts!.filter(({ name }) => name === 'data'),
    );
    assert.is(restartPolicy, undefined, 'the registry waits for it');
    assert.is(securityContext!.runAsUser, USER);
    const names = new Set(initContainers!.map(({ name }) => name));
    assert.equal(names.has('redis'), 'redis' in config);
    assert.equal(names.has('metrics'), 'metrics' in config);
  }
});

test('looks into the folder that config.yml names', () => {
  const { rootdirectory } = (modelOf({}).configMaps[0]!.files['config.yml'] as any).yaml.storage.filesystem;
  for (const folder of check.args!) assert.ok(folder.startsWith(`${rootdirectory}/docker/registry/v2/`), folder);
});

test('prints its reason where `kubectl describe pod` shows it', () => {
  assert.is(check.terminationMessagePolicy, 'FallbackToLogsOnError');
});

/** Runs its very command on a folder, as the user of the pods where root runs the tests. @param path where programs are */
function checked(volume: string, path: string, before: readonly string[] = []): { code: number | null; log: string } {
  const { mountPath } = check.volumeMounts![0]!;
  const words = [...check.command!, ...check.args!.map((folder) => folder.replace(mountPath, volume))];
  const asUser = isRoot ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : [];
  const [program, ...args] = [...before, ...asUser, 'env', `PATH=${path}`, ...words];
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  return { code: status, log: `${stdout}${stderr}` };
}

/** Makes a volume with folders that are of the pods' user. */
function withVolume(folders: string[], run: (volume: string) => void): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      chmodSync(folder, 0o755);
      const volume = join(folder, 'volume');
      for (const path of ['', ...folders].map((name) => join(volume, name))) {
        mkdirSync(path);
        if (isRoot) chownSync(path, USER, USER);
      }
      run(volume);
    });
}

const DATA = ['docker', 'docker/registry', 'docker/registry/v2', 'docker/registry/v2/blobs'];
const LEAVES = ['docker/registry/v2/repositories', 'docker/registry/v2/blobs/sha256'];
/** That of the registry's image, and that of the machine. */
const BUSYBOX = findProgram('busybox');
const [uid, gid] = isRoot ? [USER, USER] : [process.getuid!(), process.getgid!()];
const remedy = `chown -R ${uid}:${gid} FOLDER && chmod -R u+rwX FOLDER\n`;

/** Defines a test of what the command does, with the programs of this machine and with those of the registry's image. */
function testCommand(name: string, folders: string[], run: (volume: string, path: string) => void): void {
  test(
    name,
    withVolume(folders, (volume) => run(volume, process.env['PATH']!)),
  );
  testWith(
    test,
    'busybox',
    BUSYBOX !== undefined,
    `${name}, with busybox`,
    withVolume(folders, (volume) => {
      const programs = join(volume, '../bin');
      mkdirSync(programs);
      for (const program of ['sh', 'touch', 'stat', 'id', 'dirname']) symlinkSync(BUSYBOX!, join(programs, program));
      run(volume, programs);
    }),
  );
}

testCommand('passes an empty volume that can be written, and prints nothing', [], (volume, path) => {
  assert.equal(checked(volume, path), { code: 0, log: '' });
});

testCommand('passes images of the same user, and leaves nothing in the volume', DATA, (volume, path) => {
  const before = spawnSync('find', [volume], { encoding: 'utf8' }).stdout;
  assert.equal(checked(volume, path), { code: 0, log: '' });
  assert.is(spawnSync('find', [volume], { encoding: 'utf8' }).stdout, before);
});

testCommand('names the folder that may not be written, with owner, mode and remedy', [], (volume, path) => {
  for (const mode of [0o555, 0o644]) {
    chmodSync(volume, mode);
    const { code, log } = checked(volume, path);
    assert.is(code, 1);
    assert.match(log, `User ${uid} (groups `);
    assert.match(log, `cannot write ${volume}, which has the owner ${uid}:${gid} and the mode ${mode.toString(8)}.\n`);
    assert.ok(log.endsWith(`run: ${remedy}`), log);
    chmodSync(volume, 0o755);
  }
});

testCommand(
  'passes folders above those that are written, whoever may write them',
  [...DATA, ...LEAVES],
  (volume, path) => {
    for (const folder of ['', ...DATA]) chmodSync(join(volume, folder), 0o555);
    assert.equal(checked(volume, path), { code: 0, log: '' });
    for (const folder of LEAVES) {
      chmodSync(join(volume, folder), 0o555);
      const { code, log } = checked(volume, path);
      assert.is(code, 1);
      assert.match(log, `cannot write ${join(volume, folder)}, `);
      chmodSync(join(volume, folder), 0o755);
    }
    for (const folder of ['', ...DATA]) chmodSync(join(volume, folder), 0o755);
  },
);

testCommand('finds data of another user below a volume that can be written', DATA, (volume, path) => {
  const below = join(volume, 'docker/registry/v2/repositories');
  // Whoever runs the tests, this folder is of another user, and not of the pods'.
  symlinkSync('/usr', below);
  const { code, log } = checked(volume, path);
  assert.is(code, 1);
  assert.match(log, `cannot write ${below}, which has the owner 0:0 and the mode 755.\n`);
  assert.ok(log.endsWith(`run: ${remedy}`), log);
});

if (isRoot) {
  const mounted = (options: string, fill: string): string[] => [
    'unshare',
    '--mount',
    'sh',
    '-c',
    `mount -t tmpfs -o uid=${USER},gid=${USER},mode=755,${options} tmpfs "$0" && { ${fill}; exec "$@"; }`,
  ];

  testCommand('finds a volume that is mounted read-only', [], (volume, path) => {
    const { code, log } = checked(volume, path, [...mounted('ro', 'true'), volume]);
    assert.equal([code, log], [1, `The volume is mounted read-only: user ${USER} cannot write ${volume}.\n`]);
  });

  testCommand('passes a full disk, from which images can still be pulled', [], (volume, path) => {
    const fill = 'head -c 8192 /dev/zero > "$0/all" 2>/dev/null; ! mkdir "$0/more" 2>/dev/null || exit 9';
    assert.equal(checked(volume, path, [...mounted('size=4k,nr_inodes=2', fill), volume]), { code: 0, log: '' });
  });

  testCommand('passes a volume that the group of the pods may write', [], (volume, path) => {
    chownSync(volume, 0, USER);
    chmodSync(volume, 0o2775);
    assert.equal(checked(volume, path), { code: 0, log: '' });
  });
}

test.run();
