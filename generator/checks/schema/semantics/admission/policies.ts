/** Admission policies and their bindings. Their CEL is left to the API server. */
import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { checkLabelSelector } from '../selectors.js';
import { checkMatch, isSegment } from './match.js';

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
