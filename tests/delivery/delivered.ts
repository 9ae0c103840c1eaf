/** What syncs the tree, of some registry.yaml. */
import * as assert from 'uvu/assert';
import type { DeliveryFolder } from '../../generator/delivery/index.js';
import { makePlan, type Plan } from '../../generator/plan/index.js';
import { bytesOf } from '../support/config.js';
import { delivered } from '../support/delivery.js';

/** The plan of a configuration in which nothing is found. */
export async function planOf(text: string): Promise<Plan> {
  const plan = await makePlan(bytesOf(text), 'registry.yaml');
  assert.equal(
    plan.findings.map(({ rule, message }) => `${rule}: ${message}`),
    [],
  );
  return plan;
}

export function folderOf({ delivery }: Plan, folder: string): DeliveryFolder {
  return delivery.find((one) => one.folder === folder)!;
}

export function object(plan: Plan, folder: string, file: string): any {
  return folderOf(plan, folder).objects.find((one) => one.file === file)!.object;
}

export const text = delivered(
  'argoCd: { applications: [{ overlay: tls }, { overlay: eu, clusters: [a, b] }] }\n  flux: { overlays: [tls, eu], secrets: { path: secrets, sopsSecret: sops-age } }',
);
