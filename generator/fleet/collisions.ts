/** What registries must not have in common. */
import type { Config, Place, Settings } from '../config/index.js';

/** One registry of a fleet. */
export interface Member {
  /** Its registry.yaml. */
  file: string;
  config: Config;
}

/** Something that several registries have in common: allowed, as they may be for different clusters, but to be known. */
export interface Collision extends Place {
  message: string;
}

/** @returns registries of the same name and namespace, and those whose images are in the same place. */
export function collisionsIn(members: readonly Member[]): Collision[] {
  return [...sameNames(members), ...sameStorage(members)];
}

/** What would be applied of a registry: its overlays, or where there is none the base. */
function applied({ base, overlays }: Config): { variant: string; settings: Settings }[] {
  return overlays.length === 0
    ? [{ variant: 'base', settings: base }]
    : overlays.map(({ name, settings }) => ({ variant: name, settings }));
}

function sameNames(members: readonly Member[]): Collision[] {
  const first = new Map<string, string>();
  const reported = new Map<string, Collision>();
  for (const { file, config } of members) {
    for (const {
      variant,
      settings: { name, namespace },
    } of applied(config)) {
      const key = `${namespace}/${name}`;
      const other = first.get(key);
      if (other === undefined) first.set(key, file);
      else if (other !== file && !reported.has(`${file} ${key}`)) {
        const place = config.placeOf(variant, 'name') ?? config.placeOf(variant, 'namespace') ?? startOf(file);
        reported.set(`${file} ${key}`, {
          ...place,
          message: `${other} has a registry "${name}" in the namespace ${namespace} too: in one cluster each would replace the other's objects. Change the name or namespace of one, unless they are for different clusters`,
        });
      }
    }
  }
  return [...reported.values()];
}

function sameStorage(members: readonly Member[]): Collision[] {
  const users = members.flatMap(({ file, config }) =>
    applied(config).map(({ settings }) => ({ settings, user: file })),
  );
  return sharedStorage(users).map(([storage, files]) => {
    const file = files.at(-1)!;
    const { config } = members.find((member) => member.file === file)!;
    const { variant } = applied(config).find(({ settings }) => lastingStorage(settings.storage) === storage)!;
    return {
      ...(config.placeOf(variant, 'storage') ?? startOf(file)),
      message: `${files.slice(0, -1).join(' and ')} is on the same ${storage}: run at once, one would collect what is pushed to another`,
    };
  });
}

function startOf(file: string): Place {
  return { file, line: 1, column: 1, path: '' };
}

/** @returns static volumes and buckets that several users are on, with the users. */
export function sharedStorage(
  all: readonly { settings: Settings; user: string }[],
): [storage: string, users: string[]][] {
  const found = new Map<string, Set<string>>();
  for (const { settings, user } of all) {
    const key = lastingStorage(settings.storage);
    if (key === undefined) continue;
    found.set(key, (found.get(key) ?? new Set()).add(user));
  }
  return [...found].filter(([, users]) => users.size > 1).map(([storage, users]) => [storage, [...users]]);
}

/** @returns what a storage is, where it is there without the registry; undefined where its claim makes it. */
function lastingStorage(storage: Settings['storage']): string | undefined {
  const said = (fields: object): string =>
    Object.values(fields)
      .filter((value) => typeof value === 'string' && value)
      .join(' ');
  if (storage.type === 's3') {
    const { endpoint, bucket, rootDirectory } = storage.s3;
    return `bucket (${said({ endpoint, bucket, rootDirectory })})`;
  }
  const { type, ...volume } = storage.static;
  return type === 'none' ? undefined : `static volume (${said({ type, ...volume })})`;
}
