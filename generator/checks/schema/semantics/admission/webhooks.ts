/** Webhooks: of admission, and of CustomResourceDefinitions that convert. */
import type { Path } from '../../../finding.js';
import { formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { checkLabelSelector } from '../selectors.js';
import { checkRule } from './match.js';

const REVIEWS = ['v1', 'v1beta1'];

export function checkWebhooks({ webhooks }: Fields, report: Report): void {
  for (const [index, hook] of ((webhooks ?? []) as Fields[]).entries()) {
    const at = ['webhooks', index];
    const name = hook['name'] as string;
    if (!formats['dns-subdomain']!(name) || name.split('.').length < 3)
      report(
        [...at, 'name'],
        `expected a DNS name of at least three parts such as pods.registry.example.com; got ${JSON.stringify(name)}`,
      );
    const versions = (hook['admissionReviewVersions'] ?? []) as string[];
    if (!versions.some((version) => REVIEWS.includes(version)))
      report(
        [...at, 'admissionReviewVersions'],
        `expected one of ${REVIEWS.join(', ')} among them; got ${versions.join(', ') || 'none'}`,
      );
    for (const [number, version] of versions.entries())
      if (versions.indexOf(version) < number)
        report([...at, 'admissionReviewVersions', number], `${version} is there twice`, 'duplicate-item');
    for (const field of ['namespaceSelector', 'objectSelector'])
      checkLabelSelector(hook[field], [...at, field], report);
    for (const [number, rule] of ((hook['rules'] ?? []) as Fields[]).entries())
      checkRule(rule, [...at, 'rules', number], report);
    checkClient(hook['clientConfig'] ?? {}, [...at, 'clientConfig'], report);
  }
}

/** Where an API server reaches a webhook: of admission, or of a CustomResourceDefinition that converts. */
export function checkClient({ url, service }: Fields, path: Path, report: Report): void {
  if ((url === undefined) === (service === undefined))
    return report(
      path,
      'expected exactly one of url and service',
      url === undefined ? 'missing-field' : 'invalid-value',
    );
  if (url !== undefined) return checkUrl(url, [...path, 'url'], report);
  for (const field of ['name', 'namespace'])
    if (!service[field]) report([...path, 'service', field], 'must be set', 'missing-field');
  const steps = String(service.path ?? '')
    .replace(/^\//, '')
    .replace(/\/$/, '');
  if (
    service.path &&
    service.path !== '/' &&
    (!service.path.startsWith('/') || steps.split('/').some((step) => !formats['dns-subdomain']!(step)))
  ) {
    report(
      [...path, 'service', 'path'],
      `expected an absolute path of lower-case letters, digits, "-" and "."; got ${JSON.stringify(service.path)}`,
    );
  }
}

function checkUrl(text: string, path: Path, report: Report): void {
  const expected = `expected a URL such as https://webhook.example.com/path; got ${JSON.stringify(text)}`;
  if (!/^https:\/\/[^/?#@\s]+(\/|$)/i.test(text) || !URL.canParse(text) || /%(?![\da-f]{2})/i.test(text))
    report(path, expected);
  else if (/[?#]./.test(text)) report(path, `${expected}, with more than a path`);
}
