/** Commands, as they are typed in the folder that one is in. */
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../../config/index.js';
import { S3_KEYS } from '../../../features/index.js';
import { fromHere, type Place } from '../../shared/input.js';
import { quote } from '../../shared/shell.js';
import type { Goal } from './goal.js';

/** A registry.yaml, and where its tree is. */
export interface Site {
  config: Config;
  place: Place;
  /** The command that pushes the tree; undefined where that is done. */
  push: string | undefined;
}

/** @returns the site of a registry that is committed by itself */
export function siteOf(config: Config, place: Place): Site {
  const { file, root } = place;
  return {
    config,
    place,
    push: pushCommand([
      ...(file === 'registry.yaml' ? [] : ['--config', quote(file)]),
      ...(resolve(dirname(file)) === root ? [] : ['--out', quote(fromHere(root))]),
    ]),
  };
}

/** @returns a command of this program, with the options that name this registry.yaml */
function own(name: string, { place: { file } }: Site, words: readonly string[]): string {
  const options = [...words, ...(file === 'registry.yaml' ? [] : ['--config', quote(file)])];
  return [`npm run ${name}`, ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
}

/** @returns the command that commits and pushes. @param options by which `commit` finds what belongs together: a fleet is committed as one */
export function pushCommand(options: readonly string[]): string {
  return ['npm run commit -- --push', ...options].join(' ');
}

export function generateCommand(site: Site, ...options: string[]): string {
  return own('generate', site, options);
}

export function clientsCommand(site: Site, { name }: Goal, ...options: string[]): string {
  return own('--silent clients', site, [...(site.config.overlays.length > 0 ? ['--overlay', name] : []), ...options]);
}

/** @returns `htpasswd` with what names the Secret of an overlay. @param words user and options */
export function htpasswdCommand(site: Site, { name, settings }: Goal, ...words: string[]): string {
  const { base } = site.config;
  const isBases =
    settings.namespace === base.namespace &&
    settings.secretName === base.secretName &&
    readsBucketKeys(settings) === readsBucketKeys(base);
  return own('--silent htpasswd', site, [...words, ...(isBases ? [] : ['--overlay', name])]);
}

/** @returns the commands that ask for the keys of a bucket where the Secret has them. Typed in, they are in no history of the shell. */
export function askForBucketKeys({ settings }: Pick<Goal, 'settings'>): string[] {
  return readsBucketKeys(settings) ? S3_KEYS.map(({ variable }) => `read -rs ${variable}; export ${variable}`) : [];
}

export function applyCommand({ place: { root } }: Site, folder: string): string {
  return `kubectl apply -k ${pathHere(root, folder)}`;
}

/** @returns a path of the tree, as it is typed here */
export function pathHere(root: string, part: string): string {
  return quote(fromHere(join(root, part)));
}

function readsBucketKeys({ storage }: Goal['settings']): boolean {
  return storage.type === 's3' && storage.s3.credentials === 'secret';
}
