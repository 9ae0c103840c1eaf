/** What SOPS encrypts, Flux decrypts before it applies it. See https://getsops.io */
import type { KubernetesObject } from '../model/index.js';
import { type Path, valueAt } from './finding.js';

const VALUE = /^ENC\[/;
/** What SOPS makes of a whole file, in which nothing is left to read but how to decrypt it. */
const FILE = /^\{\s*"data": "ENC\[/;

/** @returns whether a value is encrypted, also where a generator of kustomize has put it into base64. */
export function isEncrypted(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const decoded = Buffer.from(value, 'base64').toString();
  return VALUE.test(value) || VALUE.test(decoded) || FILE.test(decoded);
}

/** @returns whether what stands at a path of an object is another thing, or gone, once it is decrypted. */
export function goesWithSops(object: KubernetesObject, path: Path): boolean {
  const { sops } = object as { sops?: { mac?: unknown } };
  return typeof sops?.mac === 'string' && (path[0] === 'sops' || isEncrypted(valueAt(object, path)));
}
