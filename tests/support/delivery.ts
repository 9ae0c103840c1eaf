export const REPOSITORY = 'https://git.example.com/platform/registry.git';

/**
 * @param section what stands in `delivery` beside repository and path, indented by two; nothing: no delivery
 * @param more fields at the top, for all overlays
 * @returns a registry.yaml with the overlays tls and eu, which is in a namespace of its own
 */
export function delivered(section: string, more = ''): string {
  const delivery = section && `delivery:\n  repository: ${REPOSITORY}\n  path: registries/main\n  ${section}\n`;
  return `host: registry.example.com
${more}
${delivery}overlays:
  shared-redis: { redis: { type: statefulset } }
  tls: { extends: shared-redis, ingress: { class: gce }, tls: { type: gke-managed } }
  eu: { extends: tls, namespace: registry-eu }
`;
}
