/** Annotations of pods that the API server reads: most are fields today. */
import type { Path } from '../../../finding.js';
import { formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { containersOf } from './scope.js';
import { checkTolerations } from './tolerations.js';

const MIRROR = 'kubernetes.io/config.mirror';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';

/** @param path of the annotations */
export function checkPodAnnotations(
  annotations: Record<string, string>,
  spec: Fields,
  path: Path,
  report: Report,
): void {
  if (MIRROR in annotations && !spec['nodeName']) report([...path, MIRROR], "needs the pod's nodeName");
  if (annotations[TOLERATIONS]) checkTolerationsText(annotations[TOLERATIONS], [...path, TOLERATIONS], report);
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost))
    report(
      [...path, DELETION_COST],
      `expected a whole number from -2147483648 to 2147483647; got ${JSON.stringify(cost)}`,
    );
  const names = new Set(containersOf(spec, []).map(({ container }) => container['name'] as string));
  for (const [key, value] of Object.entries(annotations)) {
    if ((key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) && !isSeccomp(value))
      report(
        [...path, key],
        `expected runtime/default, unconfined or localhost/ and a file; got ${JSON.stringify(value)}`,
      );
    if (!key.startsWith(APP_ARMOR)) continue;
    if (!names.has(key.slice(APP_ARMOR.length)))
      report([...path, key], `there is no container "${key.slice(APP_ARMOR.length)}"`);
    if (value && !/^(runtime\/default$|unconfined$|localhost\/)/.test(value))
      report(
        [...path, key],
        `expected runtime/default, unconfined or localhost/ and a profile; got ${JSON.stringify(value)}`,
      );
  }
}

function isInt32(text: string): boolean {
  return /^(-\d+|0|[1-9]\d*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;
}

function isSeccomp(profile: string): boolean {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return true;
  return profile.startsWith('localhost/') && formats['local-path']!(profile.slice('localhost/'.length));
}

function checkTolerationsText(text: string, path: Path, report: Report): void {
  const tolerations = parseList(text);
  if (!tolerations) return report(path, 'expected a list of tolerations in JSON');
  // Their places are inside the text.
  checkTolerations(tolerations, [], (_, message, rule) => report(path, message, rule));
}

function parseList(text: string): Fields[] | undefined {
  try {
    const list = (JSON.parse(text) ?? []) as unknown;
    return Array.isArray(list) &&
      list.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
      ? (list as Fields[])
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Profiles that are in a field and in an annotation say the same in both.
 *
 * @param isPod whether a container's annotation becomes its field, as in a Pod
 */
export function checkProfileAnnotations(
  annotations: Record<string, string>,
  spec: Fields,
  path: Path,
  report: Report,
  isPod: boolean,
): void {
  const context = spec['securityContext'] as Fields | undefined;
  compare(
    annotations[SECCOMP_POD],
    context?.['seccompProfile'],
    [...path, 'securityContext', 'seccompProfile'],
    report,
  );
  for (const { container, at } of containersOf(spec, path)) {
    const own = container['securityContext'] as Fields | undefined;
    const here = [...at, 'securityContext'];
    compare(
      annotations[SECCOMP_CONTAINER + container['name']],
      own?.['seccompProfile'],
      [...here, 'seccompProfile'],
      report,
    );
    if (spec['os']?.name === 'windows') continue;
    const annotation = annotations[APP_ARMOR + container['name']];
    if (own?.['appArmorProfile']) compare(annotation, own['appArmorProfile'], [...here, 'appArmorProfile'], report);
    else if (!isPod || !/^(runtime\/default$|unconfined$|localhost\/.)/.test(annotation ?? ''))
      compare(annotation, context?.['appArmorProfile'], [...path, 'securityContext', 'appArmorProfile'], report);
  }
}

function compare(annotation: string | undefined, profile: Fields | undefined, path: Path, report: Report): void {
  if (annotation === undefined || !profile) return;
  const { type, localhostProfile } = profile;
  const expected =
    type === 'Unconfined'
      ? 'unconfined'
      : type === 'RuntimeDefault'
        ? 'runtime/default'
        : `localhost/${localhostProfile ?? ''}`;
  const isSeccompDefault =
    type === 'RuntimeDefault' && path.at(-1) === 'seccompProfile' && annotation === 'docker/default';
  if (annotation !== expected && !isSeccompDefault)
    report(
      [...path, type === 'Localhost' && annotation.startsWith('localhost/') ? 'localhostProfile' : 'type'],
      `the annotation says ${JSON.stringify(annotation)}; remove it, or write the same in both`,
    );
}
