/** Repositories in which `diff` compares. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

export const YAML = `host: registry.example.com
image: registry:3.1.0
overlays:
  tls: { redis: { type: statefulset, replicas: 2 }, ingress: { class: nginx }, tls: { type: cert-manager, issuer: internal } }
  inside: { redis: { type: statefulset, replicas: 2, memory: 256Mi } }
`;

export interface Repository {
  folder: string;
  git: (...args: string[]) => string;
  /** Replaces text in registry.yaml. */
  edit: (from: string, to: string) => void;
}

/** Runs with a repository whose first commit is a registry.yaml and its tree. @param below folder in it */
export async function withRepository(
  check: (repository: Repository) => void | Promise<void>,
  below = '',
): Promise<void> {
  await withFolder(async (top) => {
    const folder = join(top, below);
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=it', '-c', 'user.email=it@example.com', ...args], {
        cwd: top,
        encoding: 'utf8',
      });
    git('init', '-q');
    execFileSync('mkdir', ['-p', folder]);
    writeFileSync(join(folder, 'registry.yaml'), YAML);
    assert.is(run(folder, ['generate']).code, 0);
    git('add', '-A');
    git('commit', '-qm', 'first');
    const edit = (from: string, to: string): void => {
      const text = readFileSync(join(folder, 'registry.yaml'), 'utf8');
      assert.ok(text.includes(from));
      writeFileSync(join(folder, 'registry.yaml'), text.replace(from, to));
    };
    await check({ folder, git, edit });
  });
}
