/** The section `delivery` of registry.yaml: how the tree gets to the clusters. */
import schema from '../../schemas/registry.schema.json' with { type: 'json' };
import { type FieldSchema, withDefaults } from './resolve.js';
import type { RegistryYaml } from './schema.js';
import type { Config, Delivery, Settings } from './settings.js';
import { suggest } from './validate.js';

type Written = NonNullable<RegistryYaml['delivery']>;
type Complete = Required<Written> & {
  argoCd: Required<NonNullable<Written['argoCd']>>;
  flux: Required<NonNullable<Written['flux']>> & {
    oci: { url: string; tag: string };
    secrets: { path: string; sopsSecret: string };
  };
};
/** Tells a problem at a field of the section, given by its keys. */
type Report = (path: string[], message: string, at?: 'key') => void;

/** The longest value that a label may have: Flux labels what it applies with the name of its Kustomization. */
const LONGEST_LABEL = 63;

/**
 * @param written the section as written
 * @param base settings at the top of registry.yaml
 * @returns the section with its defaults; with neither Argo CD nor Flux where none is asked for
 */
export function settleDelivery(written: Written, base: Settings): Delivery {
  const { properties } = schema.$defs.delivery as unknown as { properties: Record<string, FieldSchema> };
  const { name, repository, branch, path, argoCd, flux } = withDefaults(
    written as Record<string, unknown>,
    properties,
  ) as unknown as Complete;
  const { overlays, interval, sourceSecret, oci, secrets } = flux;
  return {
    name: name || base.name,
    repository,
    branch,
    path,
    argoCd:
      argoCd.applications.length > 0
        ? {
            namespace: argoCd.namespace,
            applications: argoCd.applications.map(({ overlay, clusters = ['in-cluster'] }) => ({ overlay, clusters })),
          }
        : undefined,
    flux:
      overlays.length > 0
        ? {
            overlays,
            interval,
            sourceSecret,
            source: oci.url ? { type: 'oci', ...oci } : { type: 'git' },
            secrets: secrets.path ? secrets : undefined,
          }
        : undefined,
  };
}

/** Tells what is wrong with the section beyond the shape of its fields. */
export function checkDelivery(
  written: Written,
  delivery: Delivery,
  variants: Pick<Config, 'base' | 'overlays'>,
  report: Report,
): void {
  withoutEffect(written, report);
  const { argoCd, flux, repository, name } = delivery;
  if (!repository && argoCd)
    report(['argoCd', 'applications'], 'Argo CD needs to know where the tree is; set delivery.repository', 'key');
  if (!repository && flux?.source.type === 'git')
    report(
      ['flux', 'overlays'],
      'Flux needs to know where the tree is; set delivery.repository, or delivery.flux.oci.url',
      'key',
    );
  const settings = new Map([
    ['base', variants.base],
    ...variants.overlays.map((overlay): [string, Settings] => [overlay.name, overlay.settings]),
  ]);
  const known = (overlay: string, path: string[]): boolean => {
    if (!settings.has(overlay))
      report(path, `there is no overlay "${overlay}"; ${suggest(overlay, [...settings.keys()])}`);
    return settings.has(overlay);
  };
  checkApplications(delivery, settings, known, report);
  const seen = new Set<string>();
  for (const [index, overlay] of (flux?.overlays ?? []).entries()) {
    const path = ['flux', 'overlays', String(index)];
    if (!known(overlay, path)) continue;
    if (seen.has(overlay)) report(path, `${overlay} is listed twice; remove one`);
    seen.add(overlay);
    const longest = `${name}-${overlay}${flux!.secrets ? '-secrets' : ''}`;
    if (longest.length > LONGEST_LABEL) {
      report(
        path,
        `Flux labels each object with ${longest}, which is longer than the ${LONGEST_LABEL} characters of a label; set a shorter delivery.name, or give the overlay a shorter name`,
      );
    }
  }
  const top = flux?.secrets?.path.split('/')[0];
  if (top && ['base', 'overlays', 'delivery'].includes(top))
    report(
      ['flux', 'secrets', 'path'],
      `the folder ${top} is the generator's, and no Secret may be in it; take a folder beside it, such as secrets`,
    );
}

/** Each overlay is named once, and no two in a cluster are the same registry: one would undo what the other does. */
function checkApplications(
  { argoCd }: Delivery,
  settings: Map<string, Settings>,
  known: (overlay: string, path: string[]) => boolean,
  report: Report,
): void {
  const taken = new Map<string, string>();
  const seen = new Set<string>();
  for (const [index, { overlay, clusters }] of (argoCd?.applications ?? []).entries()) {
    const path = ['argoCd', 'applications', String(index)];
    if (!known(overlay, [...path, 'overlay'])) continue;
    if (seen.has(overlay))
      report([...path, 'overlay'], `${overlay} is listed twice; name all its clusters in one place`);
    else if (clusters.length === 0)
      report([...path, 'clusters'], 'no cluster is named; name one, or remove the Application');
    seen.add(overlay);
    const { namespace, name } = settings.get(overlay)!;
    for (const [number, cluster] of clusters.entries()) {
      const registry = `${cluster} ${namespace}/${name}`;
      const other = taken.get(registry);
      const at = [...path, 'clusters', ...(clusters.length > 0 ? [String(number)] : [])];
      if (other === overlay && new Set(clusters).size < clusters.length)
        report(at, `${cluster} is listed twice; remove one`);
      else if (other !== undefined && other !== overlay)
        report(
          [...path, 'overlay'],
          `${overlay} and ${other} are the same registry (${name} in the namespace ${namespace}) of the cluster ${cluster}: each would undo what the other does; remove one, or give it another namespace or cluster`,
        );
      taken.set(registry, overlay);
    }
  }
}

/** Fields that mean nothing without another are mistakes: the user expects an effect. */
function withoutEffect({ repository, argoCd = {}, flux = {} }: Written, report: Report): void {
  const alone = (section: string[], fields: object, needs: string, there: boolean): void => {
    if (there) return;
    for (const field of Object.keys(fields).filter((field) => field !== needs))
      report(
        [...section, field],
        `has no effect without delivery.${[...section, needs].join('.')}; set that, or remove this`,
        'key',
      );
  };
  const { applications = [] } = argoCd;
  const { overlays = [], oci = {}, secrets = {} } = flux;
  alone(['argoCd'], argoCd, 'applications', applications.length > 0);
  alone(['flux'], flux, 'overlays', overlays.length > 0);
  alone(['flux', 'oci'], oci, 'url', Boolean(oci.url) || overlays.length === 0);
  alone(['flux', 'secrets'], secrets, 'path', Boolean(secrets.path) || overlays.length === 0);
  const read = applications.length > 0 || (overlays.length > 0 && !oci.url);
  if (repository && !read)
    report(
      ['repository'],
      'has no effect, as nothing reads it; set delivery.argoCd.applications or delivery.flux.overlays',
      'key',
    );
}
