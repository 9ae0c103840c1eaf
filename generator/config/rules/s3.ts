/** A bucket for the images: what the service, the registry's version and the pods have to agree on. */
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
      report(
        ['storage.s3.bucket', 'storage.type'],
        'storage.type s3 needs the name of a bucket; set storage.s3.bucket',
      );
    if (!region)
      report(
        ['storage.s3.region', 'storage.type'],
        'storage.type s3 needs the region that requests are signed for; set storage.s3.region, such as us-east-1',
      );
  }),
  s3Rule('path-style', ({ endpoint, forcePathStyle }, { states, report }, { major }) => {
    if (!endpoint && states('storage.s3.forcePathStyle'))
      report(
        'storage.s3.forcePathStyle',
        'has no effect without storage.s3.endpoint: AWS is asked by the host name of the bucket; remove it, or set the endpoint',
      );
    if (endpoint && !forcePathStyle && major === 2)
      report(
        ['storage.s3.forcePathStyle', 'image', 'version'],
        'registry 2.8 always names the bucket in the path of an endpoint; take registry 3.1 or newer, or leave forcePathStyle out',
      );
  }),
  s3Rule('target-port', ({ endpoint, targetPort }, { report }) => {
    if (targetPort > 0 && !parseEndpoint(endpoint)?.service)
      report(
        ['storage.s3.targetPort', 'storage.s3.endpoint'],
        'only a Service of the cluster has another port than what is behind it, and the endpoint is none, such as http://minio.minio.svc; set storage.s3.targetPort: 0, or such an endpoint',
      );
  }),
  s3Rule('redirect-reachable', ({ endpoint, redirect }, { report }) => {
    if (redirect && parseEndpoint(endpoint)?.service)
      report(
        ['storage.s3.redirect', 'storage.s3.endpoint'],
        `clients would be sent to ${endpoint}, a name that nodes and everything outside the cluster cannot look up; set storage.s3.redirect: false, or an endpoint that they reach`,
      );
  }),
  s3Rule('service-account-role', ({ credentials, serviceAccountAnnotations }, { states, report }, { major }) => {
    if (credentials === 'secret' && states('storage.s3.serviceAccountAnnotations'))
      report(
        'storage.s3.serviceAccountAnnotations',
        'has no effect with storage.s3.credentials secret, the keys of the Secret; set storage.s3.credentials: ambient, or remove it',
      );
    if (credentials === 'ambient' && major === 2 && Object.keys(serviceAccountAnnotations).length > 0)
      report(
        ['storage.s3.serviceAccountAnnotations', 'image', 'version'],
        'registry 2.8 knows no role of a ServiceAccount, only that of the node; take registry 3.1 or newer, or the keys of the Secret',
      );
  }),
];
