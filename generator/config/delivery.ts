/** The section `delivery` of registry.yaml: how the tree gets to the clusters. */
import schema from '../../schemas/registry.schema.json' with { type: 'json' };
import { type FieldSchema, withDefaults } from './resolve.js';
import type { RegistryYaml } from './schema.js';
import type { Delivery, Settings } from './settings.js';

type Written = NonNullable<RegistryYaml['delivery']>;
type Complete = Required<Written> & {
  argoCd: Required<NonNullable<Written['argoCd']>>;
  flux: Required<NonNullable<Written['flux']>> & {
    oci: { url: string; tag: string };
    secrets: { path: string; sopsSecret: string };
  };
};

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
