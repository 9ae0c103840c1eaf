/** A bucket for the images: what the service, the version of the registry and the pods must agree on. */
import { parseEndpoint } from '../endpoint.js';
import type { Version } from '../image.js';
import type { S3 } from '../settings.js';
import type { Rule, Scope } from './rule.js';

/** A rule that is asked only where the images are in a bucket. */
function s3Rule(id: string, check: (s3: S3, scope: Scope, version: Version) => void): Rule {
  return {
    id,
    check(scope) {
      const { storage, version } = scope.settings;
      if (storage.type === 's3') check(storage.s3, scope, version);
    },
  };
}

export const s3Rules: readonly Rule[] = [
  s3Rule('bucket-and-region', ({ bucket, region }, { report }) => {
    if (!bucket)
      report(['storage.s3.bucket', 'storage.type'], 's3 requires the name of a bucket; set storage.s3.bucket');
    if (!region)
      report(
        ['storage.s3.region', 'storage.type'],
        's3 requires the region that requests are signed for; set storage.s3.region, such as us-east-1',
      );
  }),
  s3Rule('path-style', ({ endpoint, forcePathStyle }, { states, report }, { major }) => {
    if (!endpoint && states('storage.s3.forcePathStyle'))
      report(
        'storage.s3.forcePathStyle',
        'has no effect without storage.s3.endpoint: with AWS, the bucket is in the host name; remove it, or set storage.s3.endpoint',
      );
    if (endpoint && !forcePathStyle && major === 2)
      report(
        ['storage.s3.forcePathStyle', 'image', 'version'],
        'registry 2.8 supports an endpoint only with the bucket in the path; use registry 3.1 or newer, or remove storage.s3.forcePathStyle',
      );
  }),
  s3Rule('target-port', ({ endpoint, targetPort }, { report }) => {
    if (targetPort > 0 && !parseEndpoint(endpoint)?.service)
      report(
        ['storage.s3.targetPort', 'storage.s3.endpoint'],
        'has an effect only where the endpoint is a Service of the cluster, such as http://minio.minio.svc; set storage.s3.targetPort: 0, or such an endpoint',
      );
  }),
  s3Rule('redirect-reachable', ({ endpoint, redirect }, { report }) => {
    if (redirect && parseEndpoint(endpoint)?.service)
      report(
        ['storage.s3.redirect', 'storage.s3.endpoint'],
        `clients would be redirected to ${endpoint}, which nodes and clients outside the cluster cannot resolve; set storage.s3.redirect: false, or an endpoint that they can reach`,
      );
  }),
  s3Rule('service-account-role', ({ credentials, serviceAccountAnnotations }, { states, report }, { major }) => {
    if (credentials === 'secret' && states('storage.s3.serviceAccountAnnotations'))
      report(
        'storage.s3.serviceAccountAnnotations',
        'has no effect with storage.s3.credentials: secret, which uses the keys of the Secret; set storage.s3.credentials: ambient, or remove it',
      );
    if (credentials === 'ambient' && major === 2 && Object.keys(serviceAccountAnnotations).length > 0)
      report(
        ['storage.s3.serviceAccountAnnotations', 'image', 'version'],
        'registry 2.8 does not support the role of a ServiceAccount, only that of the node; use registry 3.1 or newer, or set storage.s3.credentials: secret',
      );
  }),
];
