/** What is asked before an object is taken: webhooks and policies of admission, and servers of other groups. Their CEL is left to the API server. */
import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats.js';
import type { Fields, Report } from './index.js';
import { checkLabelSelector } from './selectors.js';

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

function checkRule(rule: Fields, path: Path, report: Report): void {
  for (const field of ['apiGroups', 'apiVersions', 'operations', 'resources']) {
    const values = (rule[field] ?? []) as string[];
    if (values.length === 0) report([...path, field], 'must be set', 'missing-field');
    if (field !== 'resources' && values.length > 1 && values.includes('*'))
      report([...path, field], '"*" is all there are, and goes with no other');
    if (field !== 'apiGroups')
      for (const [index, value] of values.entries())
        if (value === '') report([...path, field, index], 'must not be empty');
  }
  checkResources(rule['resources'] ?? [], [...path, 'resources'], report);
}

/** Resources and their parts, as pods, pods/status, pods/*, and so on. */
function checkResources(resources: string[], path: Path, report: Report): void {
  if (resources.includes('*/*') && resources.length > 1)
    return report(path, '"*/*" is all there are, and goes with no other');
  // Only the last of those without a part is looked at.
  if (resources.includes('*') && resources.findLast((resource) => !resource.includes('/')) !== '*')
    report(path, '"*" is all resources, and goes with no other but parts of them');
  for (const [index, resource] of resources.entries()) {
    const [name, part] = resource.split('/');
    if (part === undefined) continue;
    const wider = [`${name}/*`, `*/${part}`].find(
      (other) => resources.indexOf(other) >= 0 && resources.indexOf(other) < index,
    );
    if (wider) report([...path, index], `${resource} is a part of ${wider}`);
  }
}

function checkMatch(match: Fields | undefined, path: Path, report: Report): void {
  for (const field of ['namespaceSelector', 'objectSelector'])
    checkLabelSelector(match?.[field], [...path, field], report);
  for (const field of ['resourceRules', 'excludeResourceRules']) {
    for (const [index, rule] of ((match?.[field] ?? []) as Fields[]).entries()) {
      checkRule(rule, [...path, field, index], report);
      for (const [number, name] of ((rule['resourceNames'] ?? []) as string[]).entries())
        if (!isSegment(name))
          report(
            [...path, field, index, 'resourceNames', number],
            `expected a name without "/" and "%"; got ${JSON.stringify(name)}`,
          );
    }
  }
}

export function checkAdmissionPolicy({ metadata, spec }: Fields, report: Report): void {
  const constraints = spec?.matchConstraints as Fields | undefined;
  if (!constraints) report(['spec', 'matchConstraints'], 'must be set', 'missing-field');
  else if ((constraints['resourceRules'] ?? []).length === 0)
    report(['spec', 'matchConstraints', 'resourceRules'], 'must be set', 'missing-field');
  checkMatch(constraints, ['spec', 'matchConstraints'], report);
  checkParamKind(spec?.paramKind, ['spec', 'paramKind'], report);
  const annotations = (spec?.auditAnnotations ?? []) as Fields[];
  const validations = (spec?.validations ?? []) as Fields[];
  if (validations.length === 0 && annotations.length === 0)
    report(['spec'], 'one of validations and auditAnnotations is needed', 'missing-field');
  for (const [index, { message, messageExpression }] of validations.entries()) {
    const at = ['spec', 'validations', index];
    if (/[\r\n]/.test(String(message ?? '').trim())) report([...at, 'message'], 'must be one line');
    for (const [field, text] of Object.entries({ message, messageExpression }))
      if (text && text.trim() === '') report([...at, field], 'must not be empty');
  }
  const keys = annotations.map(({ key }) => key as string);
  for (const [index, key] of keys.entries()) {
    const at = ['spec', 'auditAnnotations', index, 'key'];
    if (!formats['qualified-name']!(`${metadata?.name}/${key}`))
      report(at, `expected ${expectedFormat('qualified-name')}; got ${JSON.stringify(key)}`);
    if (keys.indexOf(key) < index) report(at, `${key} is there twice`, 'duplicate-item');
  }
}

function checkParamKind(kind: Fields | undefined, path: Path, report: Report): void {
  if (!kind) return;
  for (const field of ['apiVersion', 'kind'])
    if (!kind[field]) report([...path, field], 'must be set', 'missing-field');
  const [version, group, ...more] = String(kind['apiVersion'] ?? '')
    .split('/')
    .reverse();
  const isVersion =
    more.length === 0 &&
    formats['dns-1035-label']!(version!) &&
    (group === undefined || formats['dns-subdomain']!(group));
  if (kind['kind'] && !formats['dns-1035-label']!(String(kind['kind']).toLowerCase()))
    report([...path, 'kind'], `expected a kind such as ConfigMap; got ${JSON.stringify(kind['kind'])}`);
  if (kind['apiVersion'] && !isVersion)
    report(
      [...path, 'apiVersion'],
      `expected group and version such as apps/v1; got ${JSON.stringify(kind['apiVersion'])}`,
    );
}

export function checkPolicyBinding({ spec }: Fields, report: Report): void {
  const { policyName, paramRef, matchResources, validationActions } = (spec ?? {}) as Fields;
  if (!policyName) report(['spec', 'policyName'], 'must be set', 'missing-field');
  checkMatch(matchResources, ['spec', 'matchResources'], report);
  checkParamRef(paramRef, ['spec', 'paramRef'], report);
  // Only of a ValidatingAdmissionPolicy.
  const actions = validationActions as string[] | undefined;
  if (actions?.includes('Deny') && actions.includes('Warn'))
    report(['spec', 'validationActions'], 'Deny and Warn exclude each other');
}

export function checkValidatingBinding(binding: Fields, report: Report): void {
  checkPolicyBinding(binding, report);
  if ((binding['spec']?.validationActions ?? []).length === 0)
    report(['spec', 'validationActions'], 'must be set', 'missing-field');
}

function isSegment(name: string): boolean {
  return !/[/%]|^\.\.?$/.test(name);
}

function checkParamRef(reference: Fields | undefined, path: Path, report: Report): void {
  if (!reference) return;
  const { name, selector, parameterNotFoundAction } = reference;
  if (name && selector) report([...path, 'selector'], 'excludes name');
  if (!name && !selector) report(path, 'one of name and selector is needed', 'missing-field');
  if (name && !isSegment(name))
    report([...path, 'name'], `expected a name without "/" and "%"; got ${JSON.stringify(name)}`);
  checkLabelSelector(selector, [...path, 'selector'], report);
  if (parameterNotFoundAction !== 'Allow' && parameterNotFoundAction !== 'Deny')
    report(
      [...path, 'parameterNotFoundAction'],
      `expected Allow or Deny; got ${JSON.stringify(parameterNotFoundAction ?? null)}`,
    );
}

const PATCHES: Record<string, string> = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' };

export function checkMutatingPolicy({ spec }: Fields, report: Report): void {
  checkMatch(spec?.matchConstraints, ['spec', 'matchConstraints'], report);
  for (const [index, mutation] of ((spec?.mutations ?? []) as Fields[]).entries()) {
    const own = PATCHES[mutation['patchType'] as string];
    for (const field of Object.values(PATCHES)) {
      const at = ['spec', 'mutations', index, field];
      if (field === own && !mutation[field])
        report(at, `must be set for the patchType ${mutation['patchType']}`, 'missing-field');
      if (field !== own && mutation[field]) report(at, `does not belong to the patchType ${mutation['patchType']}`);
    }
  }
}

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
