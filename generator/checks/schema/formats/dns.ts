/** Names as DNS has them, and labels with a domain in front. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** A name without its domain, and the value of a label. */
export const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export const isLabel = (value: string): boolean => value.length <= 63 && LABEL.test(value);
export const isSubdomain = (value: string): boolean => value.length <= 253 && SUBDOMAIN.test(value);

/** DNS name whose first label may be an asterisk. */
export function isWildcardSubdomain(value: string): boolean {
  return value.length <= 253 && value.startsWith('*.') && SUBDOMAIN.test(value.slice(2));
}

export function isQualifiedName(value: string): boolean {
  const parts = value.split('/');
  if (parts.length > 2) return false;
  const name = parts.at(-1)!;
  return name.length <= 63 && QUALIFIED.test(name) && (parts.length === 1 || isSubdomain(parts[0]!));
}
