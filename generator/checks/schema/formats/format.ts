/** A format that schemas name. */
export interface Format {
  test: (value: string) => boolean;
  /** What a person should write. */
  expected: string;
}
