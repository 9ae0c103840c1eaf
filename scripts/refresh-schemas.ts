/**
 * Refreshes the schemas in schemas/ that come from other projects. Each file names its source and that source's SHA-256.
 *
 *   npm run refresh-schemas                          everything, from the Go module proxy (needs Go)
 *   npm run refresh-schemas -- kubernetes FROM [V]   one Kubernetes minor; FROM is a version of the official module
 *                                                    (v1.38.0), an OpenAPI file, a URL (of a file, or of an API
 *                                                    server's /openapi/v3), or "cluster": the one kubectl points to;
 *                                                    V is the version of a file that does not say it
 *   npm run refresh-schemas -- crd NAME FROM         custom resources, from a file or a URL, as schemas/crds/NAME.json
 *
 * - schemas/kubernetes/definitions.json  the last six minors, in one
 * - schemas/kubernetes/lifecycle.json    deprecated and removed apiVersions
 * - schemas/crds/PROJECT.json            custom resources of other projects; GKE's are kept by hand
 * - schemas/kustomize/merge-keys.json    how kustomize 5 merges lists
 */
import { refreshCrd, refreshCrds } from './schemas/crds.js';
import { refreshAllMinors, refreshOneMinor } from './schemas/kubernetes.js';
import { refreshMergeKeys } from './schemas/merge-keys.js';

const [what, ...args] = process.argv.slice(2);
try {
  await refresh();
} catch (error) {
  console.error(`refresh-schemas: ${process.env['DEBUG'] ? (error as Error).stack : (error as Error).message}`);
  process.exit(1);
}

async function refresh(): Promise<void> {
  switch (what) {
    case undefined:
      refreshAllMinors();
      refreshCrds();
      refreshMergeKeys();
      break;
    case 'kubernetes':
      await refreshOneMinor(args[0] ?? usage(), args[1]);
      break;
    case 'crd':
      await refreshCrd(args[0] ?? usage(), args[1] ?? usage());
      break;
    default:
      usage();
  }
}

function usage(): never {
  console.error(
    'usage: npm run refresh-schemas [-- kubernetes VERSION|FILE|URL|cluster [VERSION] | crd NAME FILE|URL]',
  );
  process.exit(2);
}
