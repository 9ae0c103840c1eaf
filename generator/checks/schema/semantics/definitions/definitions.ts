/** CustomResourceDefinitions: their names and versions. Their CEL is left to the API server. */
import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import { checkClient } from '../admission/webhooks.js';
import type { Fields, Report } from '../report.js';
import { checkStructural } from './structural.js';

const APPROVAL = 'api-approved.kubernetes.io';

export function checkDefinition({ metadata, spec }: Fields, report: Report): void {
  const { group, names = {}, preserveUnknownFields, conversion } = (spec ?? {}) as Fields;
  const versions = (spec?.versions ?? []) as Fields[];
  if (metadata?.name !== `${names.plural}.${group}`)
    report(
      ['metadata', 'name'],
      `must be plural name and group, ${names.plural}.${group}; got ${JSON.stringify(metadata?.name)}`,
    );
  if (!String(group).includes('.'))
    report(['spec', 'group'], `expected a domain such as example.com; got ${JSON.stringify(group)}`);
  if (
    /(^|\.)(k8s|kubernetes)\.io$/.test(group) &&
    !/^(unapproved|https?:\/\/.)/.test(metadata?.annotations?.[APPROVAL] ?? '')
  ) {
    report(
      ['metadata', 'annotations', APPROVAL],
      `must be set, to a URL or to "unapproved" and why: ${group} is a group of Kubernetes itself`,
      'missing-field',
    );
  }
  checkNames(names, ['spec', 'names'], report);
  if (preserveUnknownFields)
    report(
      ['spec', 'preserveUnknownFields'],
      'must be false; x-kubernetes-preserve-unknown-fields in the schema keeps them',
    );
  const stored = versions.filter(({ storage }) => storage === true).length;
  if (stored !== 1) report(['spec', 'versions'], `expected exactly one version with storage: true; got ${stored}`);
  for (const [index, version] of versions.entries()) {
    if (versions.findIndex(({ name }) => name === version['name']) < index)
      report(['spec', 'versions', index, 'name'], `${version['name']} is there twice`, 'duplicate-item');
    checkVersion(version, ['spec', 'versions', index], report);
  }
  if (conversion) checkConversion(conversion, ['spec', 'conversion'], report);
}

function checkNames(
  { kind = '', listKind, plural, singular, shortNames, categories }: Fields,
  path: Path,
  report: Report,
): void {
  const check = (name: unknown, at: Path): void => {
    if (name && !formats['dns-1035-label']!(String(name)))
      report(at, `expected ${expectedFormat('dns-1035-label')}; got ${JSON.stringify(name)}`);
  };
  check(plural, [...path, 'plural']);
  check(singular, [...path, 'singular']);
  for (const [field, list] of Object.entries({ shortNames, categories }))
    for (const [index, name] of ((list ?? []) as string[]).entries()) check(name, [...path, field, index]);
  for (const [field, name] of Object.entries({ kind, listKind })) {
    if (name && !formats['dns-1035-label']!(String(name).toLowerCase()))
      report([...path, field], `expected a name such as Widget; got ${JSON.stringify(name)}`);
  }
  if (kind === listKind) report([...path, 'listKind'], 'must not be kind');
}

/** A path to one field, as .spec.replicas. */
const SIMPLE_PATH = /^(\.[A-Za-z_0-9-]+|\[['"][^'"\]]+['"]\])+$/;

function checkVersion(version: Fields, path: Path, report: Report): void {
  const schema = version['schema']?.openAPIV3Schema as Fields | undefined;
  if (schema) checkStructural(schema, [...path, 'schema', 'openAPIV3Schema'], report);
  else report([...path, 'schema', 'openAPIV3Schema'], 'must be set', 'missing-field');
  if (version['deprecationWarning'] !== undefined && version['deprecated'] !== true)
    report([...path, 'deprecationWarning'], 'belongs to a version that is deprecated');
  if (/\p{Cc}/u.test(version['deprecationWarning'] ?? ''))
    report([...path, 'deprecationWarning'], 'must be one line of printable text');
  for (const [index, { jsonPath }] of ((version['additionalPrinterColumns'] ?? []) as Fields[]).entries()) {
    if (!String(jsonPath).startsWith('.'))
      report(
        [...path, 'additionalPrinterColumns', index, 'jsonPath'],
        `expected a path such as .spec.replicas; got ${JSON.stringify(jsonPath)}`,
      );
  }
  const scale = version['subresources']?.scale as Fields | undefined;
  for (const [field, within] of [
    ['specReplicasPath', '.spec.'],
    ['statusReplicasPath', '.status.'],
  ] as const) {
    const text = String(scale?.[field] ?? '');
    if (scale && !(SIMPLE_PATH.test(text) && text.startsWith(within)))
      report(
        [...path, 'subresources', 'scale', field],
        `expected a path within ${within.slice(0, -1)} such as ${within}replicas; got ${JSON.stringify(text)}`,
      );
  }
  const labels = scale?.['labelSelectorPath'] as string | undefined;
  if (labels && !/^\.(spec|status)\./.test(labels))
    report(
      [...path, 'subresources', 'scale', 'labelSelectorPath'],
      `expected a path within .spec or .status such as .status.selector; got ${JSON.stringify(labels)}`,
    );
  for (const [index, { jsonPath }] of ((version['selectableFields'] ?? []) as Fields[]).entries()) {
    const type = schema && fieldAt(schema, String(jsonPath))?.['type'];
    if (schema && !['string', 'integer', 'boolean'].includes(type))
      report(
        [...path, 'selectableFields', index, 'jsonPath'],
        `expected the path of a text, a whole number or a boolean of the schema; got ${JSON.stringify(jsonPath)}`,
      );
  }
}

function fieldAt(schema: Fields, path: string): Fields | undefined {
  return path
    .split('.')
    .slice(1)
    .reduce<Fields | undefined>((inner, name) => inner?.['properties']?.[name] as Fields | undefined, schema);
}

function checkConversion({ strategy, webhook }: Fields, path: Path, report: Report): void {
  if (strategy !== 'Webhook') {
    if (webhook) report([...path, 'webhook'], 'belongs to the strategy Webhook');
    return;
  }
  if (!webhook?.clientConfig)
    return report([...path, 'webhook'], '"clientConfig" is missing: the strategy Webhook needs it', 'missing-field');
  checkClient(webhook.clientConfig, [...path, 'webhook', 'clientConfig'], report);
  if (
    !((webhook.conversionReviewVersions ?? []) as string[]).some((version) => version === 'v1' || version === 'v1beta1')
  )
    report([...path, 'webhook', 'conversionReviewVersions'], 'expected v1 or v1beta1 among them');
}
