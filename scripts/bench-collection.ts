/**
 * Measures collections of registries of several sizes, on a volume and in a bucket, and prints the table of
 * docs/background/garbage-collection.md:
 *
 *   npm run bench:collection [-- MANIFESTS...]
 *
 * IMAGES=FOLDER keeps the images that it makes there, for the next run. With QUICK=true the registry's dry run, which takes half an hour
 * for 100,000 manifests in a bucket, is not run: a list of what is garbage stands for its answer.
 *
 * One image in twenty has been deleted before. The registry runs as processes on this machine, so its pods are replaced at once: what
 * the pause takes beside that is measured. Needs registry (3.x) and versitygw on the PATH; 100,000 manifests take half an hour and
 * four million files.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Bucket, BUCKET, KEYS, ROOT } from '../tests/e2e/registry/bucket.js';
import { LocalCluster } from '../tests/support/cluster/cluster.js';
import { findProgram } from '../tests/support/tools.js';
import { garbageAmong, writeImages } from './bench/storage.js';

const SIZES = [1000, 10_000, 100_000];

interface Times {
  survey: number;
  upstream: number;
  pause: number;
  again: number;
  removed: number;
}

const program = findProgram('registry');
if (!program || !findProgram('versitygw')) throw new Error('needs registry (3.x) and versitygw on the PATH');
const isQuick = process.env['QUICK'] === 'true';
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : SIZES;
console.log(
  "| manifests | storage | survey: own mark | the registry's dry run | writes refused, without rolling updates | of that: looking again | blobs removed |\n|--:|---|--:|--:|--:|--:|--:|",
);
for (const size of sizes) {
  for (const storage of ['volume', 'bucket'] as const) {
    const { survey, upstream, pause, again, removed } = await measure(size, storage);
    console.log(
      `| ${size.toLocaleString('en')} | ${storage} | ${survey} s | ${isQuick ? 'not run' : `${upstream} s`} | ${pause.toFixed(1)} s | ${again} s | ${removed.toLocaleString('en')} |`,
    );
  }
}

async function measure(size: number, storage: 'volume' | 'bucket'): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-bench-'));
  const bucket = storage === 'bucket' ? new Bucket(tmpdir()) : undefined;
  await bucket?.start();
  const cluster = new LocalCluster(
    `image: registry:3.1.2\nhost: registry.example.com\ngc: { graceSeconds: 0, deadlineSeconds: 3600 }\noverlays:\n  it:\n    storage:\n${
      bucket
        ? `      type: s3\n      s3: { bucket: ${BUCKET}, region: us-east-1, endpoint: "${bucket.endpoint}", rootDirectory: ${ROOT} }\n`
        : '      size: 1Gi\n'
    }`,
    program!,
    bucket ? KEYS : {},
  );
  try {
    // On a disk, as they are too many for memory.
    const images = bucket ? join(bucket.folder, 'buckets', BUCKET, ROOT) : join(folder, 'images');
    putImages(images, size);
    if (!bucket) symlinkSync(images, join(cluster.deployment.volume, 'data'));
    await cluster.start();
    const job = cluster.startJob('registry-gc', isQuick ? { command: listing(folder, size) } : {});
    if ((await job.exited) !== 0) throw new Error(job.log());
    return timesIn(job.log());
  } finally {
    await cluster.stop();
    await bucket?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns a command that prints what the registry's collector would. */
function listing(folder: string, size: number): string[] {
  const file = join(folder, 'garbage');
  writeFileSync(
    file,
    garbageAmong(size)
      .map((digest) => `blob eligible for deletion: ${digest}\n`)
      .join(''),
  );
  return ['sh', '-c', `cat ${file}`, '--dry-run'];
}

/** Makes a registry's images in a folder; of those that are kept, links to their files: a collection removes files, and changes none. */
function putImages(folder: string, size: number): void {
  const kept = process.env['IMAGES'] && join(process.env['IMAGES'], String(size));
  if (kept && !existsSync(kept)) writeImages(kept, size);
  mkdirSync(dirname(folder), { recursive: true });
  if (kept) execFileSync('cp', ['--archive', '--link', kept, folder]);
  else writeImages(folder, size);
}

/** Reads the times from what a collection prints. */
function timesIn(log: string): Times {
  const at = (text: string): number => {
    const line = log.split('\n').find((one) => one.includes(text));
    if (!line) throw new Error(`no "${text}" in:\n${log}`);
    return Date.parse(line.split(' ')[0]!);
  };
  const looks = [...log.matchAll(/looked at \d+ repositories with \d+ manifests in ([\d.]+) s/g)].map(([, time]) =>
    Number(time),
  );
  return {
    survey: looks[0]!,
    upstream: Number(/it says after ([\d.]+) s/.exec(log)![1]),
    pause: (at('writes are accepted again') - at('the cache is empty: collecting')) / 1000,
    again: looks[1]!,
    removed: Number(/removed (\d+) blobs?/.exec(log)![1]),
  };
}
