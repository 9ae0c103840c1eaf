import { type Draft, podSpecOf } from '../model/index.js';

/** Has every pod pull its images with the logins of the cluster's own Secrets. Last, as it is for the pods of all features. */
export function pullSecrets(draft: Draft): void {
  const names = draft.settings.imagePullSecrets;
  if (names.length === 0) return;
  for (const name of names) draft.relyOn('Secret', name);
  for (const pod of draft.objects.map(podSpecOf)) if (pod) pod.imagePullSecrets = names.map((name) => ({ name }));
}
