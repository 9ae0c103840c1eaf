/** `watch`: what it writes, and when. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped, shippedFiles } from '../support/config.js';
import { run } from '../support/cli.js';
import { readFiles } from '../support/folder.js';
import { watching } from './watched.js';

const test = suite('watch');

test(
  'writes at the start and at each save, in place or by rename; Ctrl-C ends it with 0',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, interrupt, log }) => {
    await says(`${shippedFiles} added`);
    const input = join(folder, 'registry.yaml');
    writeFileSync(input, shipped.replace('replicas: 2', 'replicas: 3'));
    await says('1 changed', 1);
    assert.match(readFileSync(join(folder, 'base/deployment.yaml'), 'utf8'), 'replicas: 3');
    writeFileSync(`${input}.new`, shipped.replace('replicas: 2', 'replicas: 4'));
    renameSync(`${input}.new`, input);
    await says('1 changed', 2);
    // The file that stands there now is another one: it is followed too.
    renameSync(input, `${input}~`);
    writeFileSync(input, shipped);
    await says('1 changed', 3);
    assert.is(await interrupt(), 0);
    assert.not.match(log(), '\u001b');
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test(
  'that is interrupted while it writes ends, with the tree that it wrote',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, interrupt }) => {
    for (const replicas of [3, 4, 5]) {
      writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', `replicas: ${replicas}`));
      await says('1 changed', replicas - 2);
    }
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 6'));
    // At the very moment, while the run has some of its way to go.
    for (
      const deadline = Date.now() + 60_000;
      !readFileSync(join(folder, 'base/deployment.yaml'), 'utf8').includes('replicas: 6') && Date.now() < deadline;
    )
      await sleep(1);
    assert.is(await interrupt(), 0);
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test(
  'generates from no half of a save, and reports none',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, log }) => {
    const input = join(folder, 'registry.yaml');
    await says(`${shippedFiles} added`);
    for (let replicas = 3, quick = 0; quick < 3; replicas++) {
      const text = shipped.replace('replicas: 2', `replicas: ${replicas}`);
      const half = text.indexOf('\n  tls:') + 1;
      const before = log().length;
      const start = performance.now();
      writeFileSync(input, text.slice(0, half));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      appendFileSync(input, text.slice(half));
      // On a machine that is busy, it may have been two saves.
      const isQuick = performance.now() - start < 9;
      await says('1 changed', replicas - 2);
      if (!isQuick) continue;
      quick++;
      assert.is(log().slice(before).split('registry.yaml: ').length, 2);
    }
  }),
);

test(
  'reports what is wrong, goes on, and writes when it is mended',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, log }) => {
    const before = readFiles(folder);
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: x'));
    await says('registry.yaml:9:11: replicas: expected an integer');
    await says('nothing was written', 1);
    writeFileSync(join(folder, 'registry.yaml'), `${shipped}  unsafe:\n    ingress:\n      class: nginx\n`);
    await says('[plain-http-login]');
    await says('nothing was written', 2);
    assert.equal({ ...readFiles(folder), 'registry.yaml': shipped }, before);
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 5'));
    await says('1 changed');
    assert.not.match(log(), 'fault of this program');
  }),
);

test(
  'leaves a file that was edited by hand, and says so',
  watching({ 'registry.yaml': shipped }, async ({ folder, says }) => {
    writeFileSync(join(folder, 'base/service.yaml'), 'mine\n');
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 3'));
    await says('base/service.yaml: warning: it was edited by hand, and is left unchanged');
    await says('1 changed');
    assert.is(readFileSync(join(folder, 'base/service.yaml'), 'utf8'), 'mine\n');
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test.run();
