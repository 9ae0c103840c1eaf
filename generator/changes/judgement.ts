import type { KubernetesObject } from '../model/index.js';
import type { ChangeClass } from './change.js';
import type { Difference } from './fields.js';

/** What a change does, and what somebody has to know or do about it. */
export interface Judgement {
  class: ChangeClass;
  why?: string;
  remedy?: string;
}

/** The judgement of what lets somebody in, or lets an account do more. */
export const opens = (why: string): Judgement => ({ class: 'opens-access', why });

export type Fields = Record<string, any>;

/** Judges one value of an object that is there before and after. @returns undefined: nothing to say */
export type Judge = (
  difference: Difference,
  object: KubernetesObject,
  before: KubernetesObject,
) => Judgement | undefined;

/** @returns the path as text, for patterns: spec/template/spec/containers/0/image, or of a value in a file what follows the file's name. */
export function pathText({ path, inner }: Difference): string {
  return [...path, ...(inner ? ['', ...inner] : [])].join('/');
}

/** Kinds whose pods are replaced where their template changes. */
export const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);
