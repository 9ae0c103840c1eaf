/** Trees on disk. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

export const MANIFEST = '.registry-gitops.sha256';

/** A folder with the shipped registry.yaml, generated. */
export function generated(check: (folder: string) => void): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'registry.yaml'), shipped);
      assert.is(run(folder, ['generate']).code, 0);
      check(folder);
    });
}
