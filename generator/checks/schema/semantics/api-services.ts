/** APIServices: servers of other API groups. */
import type { Fields, Report } from './report.js';

export function checkApiService({ metadata, spec }: Fields, report: Report): void {
  const { group = '', version = '', service, caBundle, insecureSkipTLSVerify } = (spec ?? {}) as Fields;
  if (metadata?.name !== `${version}.${group}`)
    report(
      ['metadata', 'name'],
      `must be version and group, ${version}.${group}; got ${JSON.stringify(metadata?.name)}`,
    );
  if (!group && version !== 'v1') report(['spec', 'group'], 'must be set', 'missing-field');
  if (caBundle && (!service || insecureSkipTLSVerify))
    report(
      ['spec', 'caBundle'],
      service ? 'excludes insecureSkipTLSVerify' : 'belongs to an APIService with a service',
    );
  else if (insecureSkipTLSVerify && !service)
    report(['spec', 'insecureSkipTLSVerify'], 'belongs to an APIService with a service');
  for (const field of ['name', 'namespace'])
    if (service && !service[field]) report(['spec', 'service', field], 'must be set', 'missing-field');
}
