/** Names of refs. */

/** @returns a branch's name as the user knows it. */
export function shortName<T extends string | null | undefined>(ref: T): T {
  return (typeof ref === 'string' ? ref.replace(/^refs\/heads\//, '') : ref) as T;
}

/** Whether a text is the full name of a ref, as far as that can be seen without git. See https://git-scm.com/docs/git-check-ref-format */
export function isRef(text: unknown): text is string {
  return typeof text === 'string' && /^refs\/\S+$/.test(text) && !text.includes('..');
}
