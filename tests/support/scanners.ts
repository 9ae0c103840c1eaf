/** What scanners of manifests report of the trees that the generator writes. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import * as assert from 'uvu/assert';
import { readAnswers } from '../../scripts/docs/peers.js';
import { run } from './cli.js';
import { shipped } from './config.js';
import { withFolder, writeFiles } from './folder.js';

/** What one scanner reports once. */
export interface Reported {
  /** The name that the scanner gives its check. */
  id: string;
  /** File and object. */
  where: string;
  text: string;
}

/** @returns what a scanner reports of the YAML files of a folder, each with the objects of one variant */
export type Scan = (folder: string) => Reported[];

/** With the shipped file, every kind of pod and object that the generator writes. */
const OTHERS = `host: registry.example.com
storage:
  type: s3
  s3: {bucket: images, region: eu-central-1}
metrics: {enabled: true, podMonitor: true}
delivery:
  repository: https://git.example.com/platform/registry.git
  argoCd:
    applications: [{overlay: single}]
  flux:
    overlays: [primary]
    secrets: {path: encrypted}
overlays:
  single:
    replicas: 1
    storage:
      type: volume
      accessMode: ReadWriteOnce
      static: {hostPath: {path: /images, node: one}}
  primary:
    redis: {type: statefulset, replicas: 1}
    ingress: {class: nginx, allowFrom: [{cidr: 10.0.0.0/8}]}
    tls: {type: cert-manager, issuer: letsencrypt}
  sidecar:
    redis: {type: sidecar}
`;

/** Writes trees of every kind, one file for each variant and for each folder of delivery/, and has them scanned. */
async function scanTrees(scan: Scan): Promise<Reported[]> {
  return withFolder(async (built) => {
    for (const [tree, yaml] of Object.entries({ shipped, others: OTHERS })) await writeTree(built, tree, yaml);
    assert.ok(readdirSync(built).length > 8);
    return scan(built);
  });
}

function writeTree(built: string, tree: string, yaml: string): Promise<void> {
  return withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', yaml]]);
    const generated = run(folder, ['generate']);
    assert.is(generated.code, 0, generated.err);
    for (const overlay of readdirSync(join(folder, 'overlays'))) {
      const { code, out, err } = run(folder, ['build', overlay]);
      assert.is(code, 0, err);
      writeFileSync(join(built, `${tree}-${overlay}.yaml`), out);
    }
    for (const file of fastGlob.sync('delivery/*/**/*.yaml', { cwd: folder }))
      if (!file.endsWith('kustomization.yaml'))
        writeFileSync(join(built, `${tree}-${file.replaceAll('/', '-')}`), readFileSync(join(folder, file)));
  });
}

/** Each report is answered on docs/reference/checks.md, and each answer is to a report. @param tool its name in scripts/docs/peers.yaml */
export async function compareWithAnswers(tool: 'checkov' | 'kube-score' | 'trivy', scan: Scan): Promise<void> {
  const answered = new Set(readAnswers().flatMap((answer) => answer[tool] ?? []));
  const reported = await scanTrees(scan);
  const unanswered = new Map(
    reported.filter(({ id }) => !answered.has(id)).map(({ id, where, text }) => [id, `${id}: ${text} (${where})`]),
  );
  assert.equal([...unanswered.values()], [], 'everything that it reports is answered');
  const ids = new Set(reported.map(({ id }) => id));
  assert.equal(
    [...answered].filter((id) => !ids.has(id)),
    [],
    'everything that is answered is reported',
  );
}

/** Runs a scanner, whose exit code only says that it reported something. @returns its standard output, of JSON */
export function scanned(program: string, args: string[], input?: string): any {
  const { stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...(input !== undefined && { input }),
  });
  assert.ok(stdout, `${program}: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
