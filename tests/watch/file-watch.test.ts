/** FileWatch: what is reported, and whether it is so still. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FileWatch } from '../../generator/fleet/index.js';
import { withFolder } from '../support/folder.js';

const test = suite('watch: saves');

test('reports the first step of a save, and what is read then is not so still after the second', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'registry.yaml');
    writeFileSync(file, 'whole: 1\n');
    const reported: ReadonlyMap<string, string | undefined>[] = [];
    let heard = (): void => undefined;
    const watch = new FileWatch((changed) => {
      reported.push(changed);
      heard();
    });
    try {
      watch.follow([file]);
      const change = new Promise<void>((resolve) => (heard = resolve));
      writeFileSync(file, 'who');
      await change;
      assert.equal([...reported[0]!.keys()], [file]);
      assert.ok(await watch.isStill(reported[0]!));
      writeFileSync(file, 'whole: 2\n');
      assert.not(await watch.isStill(reported[0]!));
      assert.ok(await watch.isStill(new Map([[file, watch.add(file)]])));
      assert.not(await watch.isStill(new Map([[file, undefined]])), 'it was not there');
    } finally {
      watch.close();
    }
  }));

test.run();
