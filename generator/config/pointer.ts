/** JSON pointers (RFC 6901) name places in registry.yaml inside the program; people see dotted paths. */

/** @returns the pointer to `key` below `pointer`. */
export function child(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** @returns the pointer's keys, unescaped. */
export function keys(pointer: string): string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** @returns the pointer as a person writes it: overlays.prod-eu.ingress.allowFrom[0]. */
export function dotted(pointer: string): string {
  return keys(pointer)
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : /^[\w-]+$/.test(key) ? `.${key}` : `.${JSON.stringify(key)}`))
    .join('')
    .replace(/^\./, '');
}
