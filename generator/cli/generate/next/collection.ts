/** What a change takes away that a collection of garbage needs to come to its end. */
import type { VariantChange } from '../../../changes/index.js';
import type { Settings } from '../../../config/index.js';
import { lockName } from '../../../features/index.js';
import type { Step } from './steps.js';

/** The variable of the registry's container that makes it read-only. */
const READ_ONLY = 'REGISTRY_STORAGE_MAINTENANCE_READONLY';

/** @returns what is done before collections lose their lock, their rights, and what recovers from one that was cut short */
export function endCollection(settings: Settings, { objects }: VariantChange): Step[] {
  const { name, namespace } = settings;
  const lock = lockName(settings);
  const goes = objects.some(
    ({ change, object }) => change === 'removed' && object.kind === 'ConfigMap' && object.metadata.name === lock,
  );
  if (!goes) return [];
  return [
    {
      what: 'Before the change is applied: see that no collection is in progress. Both print nothing then; otherwise wait, as the registry would stay read-only.',
      commands: [
        `kubectl -n ${namespace} get configmap ${lock} -o jsonpath='{.data.holder}'`,
        `kubectl -n ${namespace} get deployment ${name} -o jsonpath='{.spec.template.spec.containers[*].env[?(@.name=="${READ_ONLY}")].value}'`,
      ],
    },
  ];
}
