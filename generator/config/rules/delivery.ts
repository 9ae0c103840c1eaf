/** The section `delivery`, beyond the shape of its fields. */
import type { Settings } from '../settings.js';
import { suggest } from '../validate.js';
import type { FileRule, FileScope } from './rule.js';

/** The longest value that a label may have: Flux labels what it applies with the name of its Kustomization. */
const LONGEST_LABEL = 63;

/** What the delivery names, with the keys to the name. */
interface Mention {
  overlay: string;
  path: string[];
}

function applicationsOf({ delivery: { argoCd } }: FileScope): (Mention & { clusters: string[] })[] {
  return (argoCd?.applications ?? []).map(({ overlay, clusters }, index) => ({
    overlay,
    clusters,
    path: ['delivery', 'argoCd', 'applications', String(index)],
  }));
}

function fluxOverlaysOf({ delivery: { flux } }: FileScope): Mention[] {
  return (flux?.overlays ?? []).map((overlay, index) => ({
    overlay,
    path: ['delivery', 'flux', 'overlays', String(index)],
  }));
}

function settingsByVariant({ base, overlays }: FileScope): Map<string, Settings> {
  return new Map([['base', base], ...overlays.map(({ name, settings }): [string, Settings] => [name, settings])]);
}

const repository: FileRule = {
  id: 'delivery-repository',
  check({ delivery: { argoCd, flux, repository }, report }) {
    if (repository) return;
    if (argoCd)
      report(
        ['delivery', 'argoCd', 'applications'],
        'Argo CD requires the URL of the repository; set delivery.repository',
        'key',
      );
    if (flux?.source.type === 'git')
      report(
        ['delivery', 'flux', 'overlays'],
        'Flux requires the URL of the repository or of an OCI artifact; set delivery.repository, or delivery.flux.oci.url',
        'key',
      );
  },
};

const knownOverlays: FileRule = {
  id: 'delivered-overlay-exists',
  check(scope) {
    const variants = [...settingsByVariant(scope).keys()];
    const mentions = [
      ...applicationsOf(scope).map(({ overlay, path }) => ({ overlay, path: [...path, 'overlay'] })),
      ...fluxOverlaysOf(scope),
    ];
    for (const { overlay, path } of mentions)
      if (!variants.includes(overlay))
        scope.report(path, `there is no overlay "${overlay}"; ${suggest(overlay, variants)}`);
  },
};

/** @returns those that name what one before them names. */
function repeated<T extends { overlay: string }>(mentions: readonly T[]): T[] {
  return mentions.filter(({ overlay }, index) => mentions.findIndex((other) => other.overlay === overlay) < index);
}

const listedOnce: FileRule = {
  id: 'listed-once',
  check(scope) {
    const variants = settingsByVariant(scope);
    const known = ({ overlay }: Mention): boolean => variants.has(overlay);
    const applications = applicationsOf(scope).filter(known);
    for (const { overlay, path } of repeated(applications))
      scope.report([...path, 'overlay'], `${overlay} is listed twice; list all of its clusters in one entry`);
    for (const { clusters, path } of applications)
      for (const [index, cluster] of clusters.entries())
        if (clusters.indexOf(cluster) < index)
          scope.report([...path, 'clusters', String(index)], `${cluster} is listed twice; remove one`);
    for (const { overlay, path } of repeated(fluxOverlaysOf(scope).filter(known)))
      scope.report(path, `${overlay} is listed twice; remove one`);
  },
};

const clusterNamed: FileRule = {
  id: 'cluster-named',
  check(scope) {
    const applications = applicationsOf(scope);
    const again = repeated(applications);
    for (const application of applications)
      if (application.clusters.length === 0 && !again.includes(application))
        scope.report(
          [...application.path, 'clusters'],
          'the list of clusters is empty; add a cluster, or remove the entry',
        );
  },
};

/** No two overlays in a cluster are the same registry: one would overwrite the other. */
const oneRegistryPerCluster: FileRule = {
  id: 'one-registry-per-cluster',
  check(scope) {
    const variants = settingsByVariant(scope);
    const taken = new Map<string, string>();
    for (const { overlay, clusters, path } of applicationsOf(scope)) {
      const settings = variants.get(overlay);
      if (!settings) continue;
      const { namespace, name } = settings;
      for (const cluster of clusters) {
        const registry = `${cluster} ${namespace}/${name}`;
        const other = taken.get(registry);
        if (other !== undefined && other !== overlay)
          scope.report(
            [...path, 'overlay'],
            `${overlay} and ${other} are the same registry (${name} in the namespace ${namespace}) in the cluster ${cluster}, and would overwrite each other; remove one, or set another namespace or cluster`,
          );
        taken.set(registry, overlay);
      }
    }
  },
};

const labelLength: FileRule = {
  id: 'delivery-label-length',
  check(scope) {
    const { name, flux } = scope.delivery;
    const variants = settingsByVariant(scope);
    for (const { overlay, path } of fluxOverlaysOf(scope)) {
      const longest = `${name}-${overlay}${flux!.secrets ? '-secrets' : ''}`;
      if (variants.has(overlay) && longest.length > LONGEST_LABEL)
        scope.report(
          path,
          `Flux labels each object with ${longest}, which exceeds the maximum of ${LONGEST_LABEL} characters for a label; shorten delivery.name, or the name of the overlay`,
        );
    }
  },
};

const secretsFolder: FileRule = {
  id: 'secrets-folder',
  check({ delivery: { flux }, report }) {
    const top = flux?.secrets?.path.split('/')[0];
    if (top && ['base', 'overlays', 'delivery'].includes(top))
      report(
        ['delivery', 'flux', 'secrets', 'path'],
        `the folder ${top} is generated, and cannot contain Secrets; use a folder beside it, such as secrets`,
      );
  },
};

const uselessDelivery: FileRule = {
  id: 'useless-delivery-field',
  check({ file: { delivery = {} }, report }) {
    const { repository, argoCd = {}, flux = {} } = delivery;
    const { applications = [] } = argoCd;
    const { overlays = [], oci = {}, secrets = {} } = flux;
    const sections: { keys: string[]; fields: object; needs: string; met: boolean }[] = [
      { keys: ['argoCd'], fields: argoCd, needs: 'applications', met: applications.length > 0 },
      { keys: ['flux'], fields: flux, needs: 'overlays', met: overlays.length > 0 },
      { keys: ['flux', 'oci'], fields: oci, needs: 'url', met: Boolean(oci.url) || overlays.length === 0 },
      {
        keys: ['flux', 'secrets'],
        fields: secrets,
        needs: 'path',
        met: Boolean(secrets.path) || overlays.length === 0,
      },
    ];
    for (const { keys, fields, needs, met } of sections) {
      if (met) continue;
      for (const field of Object.keys(fields).filter((field) => field !== needs))
        report(
          ['delivery', ...keys, field],
          `has no effect without delivery.${[...keys, needs].join('.')}; set that field, or remove this one`,
          'key',
        );
    }
    const isRead = applications.length > 0 || (overlays.length > 0 && !oci.url);
    if (repository && !isRead)
      report(
        ['delivery', 'repository'],
        'has no effect without an overlay to sync; set delivery.argoCd.applications or delivery.flux.overlays, or remove it',
        'key',
      );
  },
};

export const deliveryRules: readonly FileRule[] = [
  uselessDelivery,
  repository,
  knownOverlays,
  listedOnce,
  clusterNamed,
  oneRegistryPerCluster,
  labelLength,
  secretsFolder,
];
