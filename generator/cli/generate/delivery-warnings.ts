/** What of `delivery` does not fit where the tree is: the generated objects do not depend on that, as CI may check out elsewhere. */
import { dirname, join } from 'node:path';
import type { Config } from '../../config/index.js';
import { isFolder } from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import { folderInRepository, type Place } from '../shared/input.js';

/** Prints what Argo CD or Flux would not find. @returns whether there is something */
export function printDeliveryWarnings(config: Config, place: Place): boolean {
  const all = misplaced(config, place);
  for (const { field, message } of all) {
    const { file, line, column, path } = config.placeOf('base', field)!;
    console.error(`${file}:${line}:${column}: ${colours.yellow('warning')}: ${path}: ${message}.`);
  }
  return all.length > 0;
}

function misplaced({ delivery }: Config, { file, root }: Place): { field: string; message: string }[] {
  const folder = folderInRepository(root);
  if (!delivery || folder === undefined) return [];
  const { path, argoCd, flux } = delivery;
  const readsGit = argoCd !== undefined || flux?.source.type === 'git';
  const secrets = flux?.secrets?.path;
  return [
    ...(readsGit && path === '' && folder !== ''
      ? [
          {
            field: 'delivery.repository',
            message: `the tree would be looked for at the top of the repository, but here it is in ${folder}; set delivery.path: ${folder}`,
          },
        ]
      : []),
    ...(secrets !== undefined && !isFolder(join(dirname(file), secrets))
      ? [
          {
            field: 'delivery.flux.secrets.path',
            message: `there is no folder ${secrets} beside ${file}, and Flux syncs the registry after it; make it, or leave this out`,
          },
        ]
      : []),
  ];
}
