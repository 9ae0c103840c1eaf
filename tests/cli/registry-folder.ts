/** A folder with a registry.yaml, in which commands are run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFolder } from '../support/folder.js';

export const withConfig = (text: string, check: (folder: string) => void) => () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), text);
    check(folder);
  });

export const bucket = 'storage:\n  type: s3\n  s3:\n    bucket: images\n    region: us-east-1\n';
