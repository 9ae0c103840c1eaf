/** What pages do to a cluster, on its objects and on a Secret: users, and what an uninstallation leaves. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from 'bcryptjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { PROGRAM, run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { testWith } from '../support/tools.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { type Page, readPage } from './pages.js';
import { BASH, recordCommands } from './shell.js';

const test = suite('what the documentation does to a cluster');

/** A Secret in a file: of kubectl, what these pages use. */
const KUBECTL = `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs');
const secret = JSON.parse(readFileSync(process.env.SECRET, 'utf8'));
const args = process.argv.slice(2);
if (args.includes('get')) process.stdout.write(secret.data.htpasswd);
else if (args.includes('patch')) {
  Object.assign(secret.data, JSON.parse(args[args.indexOf('--patch') + 1]).data);
  writeFileSync(process.env.SECRET, JSON.stringify(secret));
} else process.exit(1);
`;
/** As of a fresh clone. */
const NPM = `#!/bin/sh
shift 4
exec "${process.execPath}" "${PROGRAM}" htpasswd "$@"
`;

/** @returns the shell of the section with this title */
function sectionOf({ text }: Page, title: string): string {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  const [, shell] = /```console\n([^]*?)```/.exec(section!)!;
  return shell!;
}

testWith(
  test,
  'bash',
  BASH !== undefined,
  'the users of the page are added, changed and removed, and nothing else of the Secret',
  () =>
    withFolder(async (folder) => {
      const page = readPage('docs/how-to/users.md');
      mkdirSync(join(folder, 'bin'));
      for (const [name, text] of [
        ['kubectl', KUBECTL],
        ['npm', NPM],
      ] as const) {
        writeFileSync(join(folder, 'bin', name), text);
        chmodSync(join(folder, 'bin', name), 0o755);
      }
      const printed = run('.', ['htpasswd', 'alice', '--cost', '4'], 'first\n').out;
      const { stringData } = parse(printed) as { stringData: Record<string, string> };
      const file = join(folder, 'secret.json');
      const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
      writeFileSync(file, JSON.stringify({ data: Object.fromEntries(encoded) }));
      const shell = (script: string, password = ''): void => {
        const env = { PATH: `${folder}/bin:${process.env['PATH']}`, SECRET: file };
        const { status, stderr } = spawnSync(BASH!, ['--norc', '-ec', script], {
          cwd: folder,
          env,
          input: password,
          encoding: 'utf8',
        });
        assert.is(status, 0, stderr);
      };
      const data = (key: string): string => {
        const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: Record<string, string> };
        return Buffer.from(data[key]!, 'base64').toString();
      };
      const lets = async (user: string, password: string): Promise<boolean> => {
        const line = data('htpasswd')
          .split('\n')
          .find((one) => one.startsWith(`${user}:`));
        return line !== undefined && compare(password, line.slice(user.length + 1));
      };

      shell(sectionOf(page, 'Add a user'), 'second');
      assert.equal([await lets('alice', 'first'), await lets('bob', 'second')], [true, true]);
      shell(sectionOf(page, 'Change a password, or remove a user'), 'third');
      assert.equal(
        [await lets('alice', 'first'), await lets('bob', 'second'), await lets('bob', 'third')],
        [true, false, true],
      );
      const removal = sectionOf(page, 'Change a password, or remove a user')
        .split('\n')
        .filter((_, index) => index !== 1);
      shell(removal.join('\n'));
      assert.equal([await lets('alice', 'first'), await lets('bob', 'third')], [true, false]);
      assert.is(data('http-secret'), stringData['http-secret']);
      assert.is(data('redis-password'), stringData['redis-password']);
    }),
);

testWith(
  test,
  'bash',
  BASH !== undefined,
  'an uninstallation deletes every kind that the overlays hold, but the namespace and the claim',
  async () => {
    const page = readPage('docs/how-to/uninstall.md');
    const deletions = page.snippets
      .filter(({ text }) => text.includes(' delete ') && text.includes(' -l '))
      .flatMap(({ text }) => recordCommands(text).commands);
    const [label] = deletions.map((command) => command.at(-1)!);
    assert.is(label, 'app.kubernetes.io/instance=registry');
    const deleted = deletions.flatMap((command) => command[command.indexOf('delete') + 1]!.split(','));
    const objects = ['base', 'sidecar-redis', 'no-tls', 'tls'].flatMap((overlay) => {
      const { items } = JSON.parse(run('.', ['build', overlay, '--format', 'json']).out) as {
        items: KubernetesObject[];
      };
      return items;
    });
    const labelled = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === 'registry');
    const others = objects.filter((object) => !labelled.includes(object)).map(({ kind }) => kind);
    assert.equal([...new Set(others)], ['Namespace'], 'all else carries the label');
    const kinds = new Set(labelled.map(({ kind }) => kind.toLowerCase()));
    assert.ok(kinds.delete('persistentvolumeclaim'));
    // Jobs are made by the CronJobs.
    assert.equal([...kinds, 'job'].sort(), deleted.sort());
  },
);

test.run();
