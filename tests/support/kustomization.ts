/** Files that the kustomization names: path -> text. */
export const kustomizationFiles: [string, string][] = [
  [
    'deployment.yaml',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, labels: { app: web } }\nspec:\n  replicas: 1\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec: { containers: [{ name: web, image: "web:1.0" }] }\n',
  ],
  [
    'service.yaml',
    'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n',
  ],
  ['patch.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { minReadySeconds: 1 }\n'],
  ['file.txt', 'text\n'],
  ['values.env', 'A=b\n'],
  [
    'part/kustomization.yaml',
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: { kind: Service }\n    patch: |-\n      - { op: add, path: /metadata/annotations, value: { a: b } }\n',
  ],
];
/** A kustomization.yaml with most of its fields. */
export const wholeKustomization = `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata: { name: all }
namespace: web
namePrefix: a-
nameSuffix: -b
resources: [deployment.yaml, service.yaml]
components: [part]
commonAnnotations: { note: text }
labels: [{ pairs: { team: a }, includeSelectors: false, includeTemplates: true }]
images: [{ name: web, newName: other, newTag: "2.0" }]
replicas: [{ name: web, count: 2 }]
configMapGenerator: [{ name: config, behavior: create, files: [file.txt, other=file.txt], literals: [a=b], envs: [values.env], options: { labels: { a: b }, disableNameSuffixHash: true } }]
secretGenerator: [{ name: secret, type: Opaque, literals: [a=b] }]
generatorOptions: { labels: { g: h }, annotations: { i: j }, disableNameSuffixHash: false, immutable: true }
patches:
  - path: patch.yaml
  - target: { group: apps, version: v1, kind: Deployment, name: web, labelSelector: app=web }
    patch: "- { op: replace, path: /spec/replicas, value: 3 }"
    options: { allowNameChange: true }
replacements:
  - source: { kind: Service, name: web, fieldPath: metadata.name, options: { delimiter: "-", index: 0 } }
    targets: [{ select: { kind: Deployment }, reject: [{ name: other }], fieldPaths: [metadata.annotations.note], options: { create: true } }]
sortOptions: { order: legacy, legacySortOptions: { orderFirst: [Service], orderLast: [Deployment] } }
buildMetadata: [originAnnotations]
`;
