/** A fleet in a folder. */
import { join } from 'node:path';
import { shipped } from '../support/config.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const fleet = {
  'registries/a/registry.yaml': 'defaults: ../defaults.yaml\nname: a\n',
  'registries/b/registry.yaml': 'defaults: ../defaults.yaml\nname: b\noverlays:\n  tls:\n    replicas: 3\n',
  'registries/c/registry.yaml': shipped.replace('name: registry\n', 'name: c\n'),
  'registries/defaults.yaml': '# For all.\nhost: registry.example.com\ndrainSeconds: 30\n',
  'registries/README.md': 'Not a registry.\n',
};

export const inFleet =
  (check: (folder: string) => void, files: Record<string, string> = {}) =>
  () =>
    withFolder((folder) => {
      writeFiles(folder, Object.entries({ ...fleet, ...files }));
      check(folder);
    });

export const treeOf = (folder: string, name: string): Record<string, string> =>
  readFiles(join(folder, 'registries', name));
