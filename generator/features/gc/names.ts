/** What the objects of garbage collection are called. */
import type { Settings } from '../../config/index.js';

/** Garbage collection that is on. */
export type Collection = Extract<Settings['gc'], { enabled: true }>;

export function programName({ name }: Settings): string {
  return `${name}-collector`;
}

export function accountName({ name }: Settings): string {
  return `${name}-gc`;
}

export function lockName({ name }: Settings): string {
  return `${name}-gc-lock`;
}
