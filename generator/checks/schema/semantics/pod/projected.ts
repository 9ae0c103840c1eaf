import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { checkAnnotations } from '../metadata.js';
import { checkLabelSelector } from '../selectors.js';
import { checkDownward, checkFile, checkItems } from './files.js';
import { looksAt, type PodScope } from './scope.js';

const KEY_TYPES = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
const HOUR = 60 * 60;
const DAY = 24 * HOUR;

/** Tells that a file is there twice. */
type AddFile = (file: unknown, at: Path) => void;

/** A volume of files from several sources. */
export function checkProjected(projected: Fields, path: Path, scope: PodScope): void {
  const { report, target } = scope;
  const files = new Set<string>();
  const add: AddFile = (file, at) => {
    if (typeof file !== 'string' || file === '') return;
    if (files.has(file)) report(at, `two sources have a file ${file}`, 'duplicate-item');
    files.add(file);
  };
  for (const [index, source] of ((projected['sources'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'sources', index];
    const kinds = Object.keys(source).filter((kind) => source[kind] !== null);
    if (kinds.length > 1) report(at, `a source is one thing; got ${kinds.join(' and ')}`);
    checkSource(source, at, report, add);
    if (source['clusterTrustBundle'] && looksAt(target, 'trustBundles'))
      checkTrustBundle(source['clusterTrustBundle'], [...at, 'clusterTrustBundle'], report, add);
    if (source['podCertificate'] && looksAt(target, 'podCertificates'))
      checkPodCertificate(source['podCertificate'], [...at, 'podCertificate'], report, add);
  }
}

function checkSource(source: Fields, at: Path, report: Report, add: AddFile): void {
  checkItems(source['configMap']?.items, [...at, 'configMap', 'items'], report);
  checkItems(source['secret']?.items, [...at, 'secret', 'items'], report);
  checkDownward(source['downwardAPI']?.items, [...at, 'downwardAPI', 'items'], report);
  checkFile(source['serviceAccountToken']?.path, [...at, 'serviceAccountToken', 'path'], report);
  for (const kind of ['secret', 'configMap', 'downwardAPI']) {
    for (const [number, item] of ((source[kind]?.items ?? []) as Fields[]).entries())
      add(item['path'], [...at, kind, 'items', number, 'path']);
  }
}

/** Certificates to trust: those of one bundle, or of all bundles of a signer. */
function checkTrustBundle(bundle: Fields, path: Path, report: Report, add: AddFile): void {
  const { name, signerName, labelSelector } = bundle;
  if (name !== undefined && signerName !== undefined)
    report([...path, 'signerName'], 'name and signerName exclude each other');
  else if (name !== undefined) {
    if (!isBundleName(name))
      report([...path, 'name'], `expected the name of a ClusterTrustBundle; got ${JSON.stringify(name)}`);
    if (labelSelector) report([...path, 'labelSelector'], 'belongs to signerName');
  } else if (signerName !== undefined) {
    checkSigner(signerName, [...path, 'signerName'], report);
    checkLabelSelector(labelSelector, [...path, 'labelSelector'], report);
  } else report(path, 'one of name and signerName is needed', 'missing-field');
  if (!bundle['path']) report([...path, 'path'], 'must be set', 'missing-field');
  checkLocalFile(bundle['path'], [...path, 'path'], report);
  add(bundle['path'], [...path, 'path']);
}

/** A bundle's name begins with its signer, if it has one: example.com:signer:name. */
function isBundleName(name: string): boolean {
  return !/^:[^:]*$/.test(name) && formats['dns-subdomain']!(name.slice(name.lastIndexOf(':') + 1));
}

function checkSigner(name: unknown, path: Path, report: Report): void {
  if (!formats['signer-name']!(String(name)))
    report(path, `expected ${expectedFormat('signer-name')}; got ${JSON.stringify(name)}`);
}

/** A key and a certificate that are made for the pod. */
function checkPodCertificate(certificate: Fields, path: Path, report: Report, add: AddFile): void {
  const { signerName, keyType, maxExpirationSeconds: seconds, userAnnotations } = certificate;
  checkSigner(signerName, [...path, 'signerName'], report);
  checkAnnotations(userAnnotations ?? {}, [...path, 'userAnnotations'], report);
  for (const key of Object.keys(userAnnotations ?? {}))
    if (!key.includes('/'))
      report(
        [...path, 'userAnnotations', key],
        `expected a name with a domain such as example.com/app; got the name ${JSON.stringify(key)}`,
      );
  if (!KEY_TYPES.includes(keyType))
    report([...path, 'keyType'], `expected one of ${KEY_TYPES.join(', ')}; got ${JSON.stringify(keyType)}`);
  const longest = /^([^/]*\.)?kubernetes\.io\//.test(signerName) ? DAY : 91 * DAY;
  if (typeof seconds === 'number' && (seconds < HOUR || seconds > longest))
    report([...path, 'maxExpirationSeconds'], `expected a number from ${HOUR} to ${longest}; got ${seconds}`);
  const fields = ['credentialBundlePath', 'keyPath', 'certificateChainPath'];
  if (fields.every((field) => !certificate[field]))
    report(path, `one of ${fields.join(', ')} is needed`, 'missing-field');
  for (const field of fields) {
    if (!certificate[field]) continue;
    checkLocalFile(certificate[field], [...path, field], report);
    add(certificate[field], [...path, field]);
  }
}

function checkLocalFile(file: unknown, path: Path, report: Report): void {
  if (typeof file === 'string' && !formats['local-path']!(file))
    report(path, `expected ${expectedFormat('local-path')}; got ${JSON.stringify(file)}`);
  else checkFile(file, path, report);
}
