/** Whoever runs a registry that is synced from git: works in a clone, as the pages say. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import type { FluxPrograms } from '../../../scripts/cluster/flux.js';
import { start } from '../cli.js';
import { commit, git } from '../git.js';
import { PASSWORD, USER } from '../cluster/deployment.js';

export class Engineer {
  /** The clone. */
  readonly folder: string;

  /** @param folder clone whose remote may be pushed to */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The commit that is current. */
  get head(): string {
    return git(this.folder, 'rev-parse', 'HEAD');
  }

  /** Writes registry.yaml, and pushes what it gives. @returns the commit */
  push(text: string): string {
    writeFileSync(join(this.folder, 'registry.yaml'), text);
    const { code, out, err } = commit(this.folder, ['--push']);
    assert.is(code, 0, `${out}${err}`);
    return this.head;
  }

  /**
   * Makes a key for SOPS, and pushes the Secret of the registry, encrypted for it.
   *
   * @param overlay whose pods read the Secret
   * @param key file for the key, which is not there yet
   */
  pushSecret(programs: Pick<FluxPrograms, 'sops' | 'age-keygen'>, overlay: string, key: string): void {
    this.#run(programs['age-keygen'], '-o', key);
    const [, recipient] = /^# public key: (\S+)$/m.exec(readFileSync(key, 'utf8'))!;
    const file = 'secrets/registry-secrets.yaml';
    const path = join(this.folder, file);
    // Each request of a test pays for the check of the password.
    const { out } = start(this.folder, ['htpasswd', USER, '--overlay', overlay, '--cost', '4'], `${PASSWORD}\n`);
    mkdirSync(dirname(path));
    writeFileSync(path, out);
    this.#run(
      programs.sops,
      'encrypt',
      '--age',
      recipient!,
      '--encrypted-regex',
      '^(data|stringData)$',
      '--in-place',
      file,
    );
    assert.match(readFileSync(path, 'utf8'), /htpasswd: ENC\[/);
    git(this.folder, 'add', file);
    git(this.folder, 'commit', '--quiet', '--message', 'Add the logins', '--', file);
    git(this.folder, 'push', '--quiet');
  }

  #run(program: string, ...args: string[]): void {
    const { status, stderr } = spawnSync(program, args, { cwd: this.folder, encoding: 'utf8' });
    assert.is(status, 0, stderr);
  }
}
