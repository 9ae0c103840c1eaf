import type { KubernetesObject } from '../model/index.js';

/** Argo CD has no opinion of a PersistentVolume. One whose claim is gone binds to no other by itself. */
const PERSISTENT_VOLUME = `hs = { status = "Progressing", message = "The volume waits for its claim" }
if obj.status ~= nil and obj.status.phase ~= nil then
  if obj.status.phase == "Bound" or obj.status.phase == "Available" then
    hs.status = "Healthy"
    hs.message = "The volume is " .. obj.status.phase
  elseif obj.status.phase == "Released" or obj.status.phase == "Failed" then
    hs.status = "Degraded"
    hs.message = obj.status.message or "The volume's claim is gone; the images are still on it"
  end
end
return hs
`;

/** By group_kind, or kind for the core. */
const SCRIPTS: Record<string, string> = { PersistentVolume: PERSISTENT_VOLUME };

/**
 * @returns a merge patch for the ConfigMap argocd-cm, with scripts for kinds among these objects whose health Argo CD
 *   cannot tell by itself; undefined where it can tell all. It is no object to be applied: argocd-cm is Argo CD's, and has
 *   other settings that `kubectl apply` could take away.
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
 */
export function healthPatch(objects: readonly KubernetesObject[]): object | undefined {
  const kinds = new Set(objects.map(({ kind }) => kind));
  const data = Object.fromEntries(
    Object.entries(SCRIPTS)
      .filter(([key]) => kinds.has(key))
      .map(([key, script]) => [`resource.customizations.health.${key}`, script]),
  );
  return Object.keys(data).length > 0 ? { data } : undefined;
}
