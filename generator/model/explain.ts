/**
 * Comments for the reader of the generated tree. They travel with the value that they explain, under a symbol, so
 * that nothing which looks at the value's fields sees them.
 */
const comments = Symbol('comments');

type Commented = { [comments]?: Record<string, string> };

/**
 * Says why some fields of an object have the value that they have.
 *
 * @returns the same object
 */
export function explain<T extends object>(object: T, why: { [K in keyof T]?: string }): T {
  const commented = object as Commented;
  commented[comments] = { ...commented[comments], ...(why as Record<string, string>) };
  return object;
}

/** @returns the comment on a field of an object, if it has one. */
export function commentOn(object: object, key: string): string | undefined {
  return (object as Commented)[comments]?.[key];
}
