/** Schemas of custom resources, from each project's own CustomResourceDefinitions: schemas/crds/PROJECT.json. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type CustomKind, customKinds } from '../../generator/checks/schema/crd.js';
import { mapSubschemas, type Schema } from '../../generator/checks/schema/json-schema/subschemas.js';
import { moduleFolder } from './go-modules.js';
import { type JsonObject, sha256, sorted, writeDefinitions } from './json.js';

interface Project {
  name: string;
  /** Go module and version that carry the CRDs. */
  module: string;
  /** Files in the module. */
  files: string[];
  /** Kinds to keep, where the files hold more. */
  kinds: string[];
}

const perKind = (kinds: string[], path: (plural: string) => string): Pick<Project, 'files' | 'kinds'> => ({
  kinds,
  files: kinds.map((kind) => path(`${kind.toLowerCase().replace(/(?<![aeiou])y$/, 'ie')}s`)),
});

/** The newest versions that the Go module proxy serves. */
export const PROJECTS: Project[] = [
  {
    name: 'cert-manager',
    module: 'github.com/cert-manager/cert-manager@v1.21.2',
    ...perKind(['Certificate', 'Issuer', 'ClusterIssuer'], (plural) => `deploy/crds/cert-manager.io_${plural}.yaml`),
  },
  {
    name: 'argo-cd',
    module: 'github.com/argoproj/argo-cd/v3@v3.6.1',
    kinds: ['Application', 'ApplicationSet', 'AppProject'],
    files: ['application', 'applicationset', 'appproject'].map((kind) => `manifests/crds/${kind}-crd.yaml`),
  },
  {
    name: 'flux-source',
    module: 'github.com/fluxcd/source-controller@v1.10.1',
    ...perKind(
      ['GitRepository', 'OCIRepository'],
      (plural) => `config/crd/bases/source.toolkit.fluxcd.io_${plural}.yaml`,
    ),
  },
  {
    name: 'flux-kustomize',
    module: 'github.com/fluxcd/kustomize-controller@v1.10.1',
    ...perKind(['Kustomization'], (plural) => `config/crd/bases/kustomize.toolkit.fluxcd.io_${plural}.yaml`),
  },
  {
    name: 'prometheus-operator',
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    ...perKind(
      ['ServiceMonitor', 'PodMonitor', 'PrometheusRule'],
      (plural) => `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`,
    ),
  },
  {
    name: 'gateway-api',
    module: 'sigs.k8s.io/gateway-api@v1.7.0',
    ...perKind(
      ['Gateway', 'HTTPRoute', 'ReferenceGrant'],
      (plural) => `config/crd/standard/gateway.networking.k8s.io_${plural}.yaml`,
    ),
  },
  {
    name: 'istio',
    module: 'istio.io/api@v1.31.4',
    files: ['kubernetes/customresourcedefinitions.gen.yaml'],
    kinds: [
      'Gateway',
      'VirtualService',
      'DestinationRule',
      'PeerAuthentication',
      'AuthorizationPolicy',
      'RequestAuthentication',
    ],
  },
  {
    name: 'traefik',
    module: 'github.com/traefik/traefik/v3@v3.7.13',
    ...perKind(
      ['IngressRoute', 'Middleware'],
      (plural) => `docs/content/reference/dynamic-configuration/traefik.io_${plural}.yaml`,
    ),
  },
  {
    name: 'external-secrets',
    module: 'github.com/external-secrets/external-secrets@v1.3.2',
    ...perKind(['ExternalSecret', 'SecretStore'], (plural) => `config/crds/bases/external-secrets.io_${plural}.yaml`),
  },
  {
    name: 'sealed-secrets',
    module: 'github.com/bitnami-labs/sealed-secrets@v0.40.0',
    ...perKind(['SealedSecret'], (plural) => `helm/sealed-secrets/crds/bitnami.com_${plural}.yaml`),
  },
];

/** @returns the documents of a project's CRD files, those of kinds that are not kept left out. */
export function crdDocuments({ module, files, kinds }: Project): { text: string; documents: unknown[] } {
  const folder = moduleFolder(module);
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('---\n');
  const documents = [...parseAllDocuments(text)].map(
    (document) => document.toJS() as { kind?: string; spec?: { names: { kind: string } } } | null,
  );
  return {
    text,
    documents: documents.filter(
      (document) => document?.kind === 'CustomResourceDefinition' && kinds.includes(document.spec!.names.kind),
    ),
  };
}

/** Reads the CRDs of every project anew. */
export function refreshCrds(): void {
  for (const project of PROJECTS) {
    const { text, documents } = crdDocuments(project);
    const found = documents.flatMap(customKinds);
    const missing = project.kinds.filter((kind) => !found.some(({ id }) => id.endsWith(`/${kind}`)));
    if (missing.length > 0) throw new Error(`${project.module} has no ${missing.join(', ')}`);
    writeKinds(
      project.name,
      {
        source: `${project.module.replace('@', ' ')} ${project.files[0]}${project.files.length > 1 ? ' and others' : ''}`,
        sha256: sha256(text),
      },
      found,
    );
  }
}

/** Reads one more CRD, from a file or a URL, into schemas/crds/NAME.json. */
export async function refreshCrd(name: string, from: string): Promise<void> {
  if (!/^https?:/.test(from) && !existsSync(from)) throw new Error(`${from}: there is no such file`);
  const text = /^https?:/.test(from) ? await (await fetch(from)).text() : readFileSync(from, 'utf8');
  const documents = [...parseAllDocuments(text)].map((document) => document.toJS() as unknown).filter(Boolean);
  writeKinds(name, { source: from.split('/').at(-1)!, sha256: sha256(text) }, documents.flatMap(customKinds));
}

function writeKinds(name: string, head: JsonObject, found: CustomKind[]): void {
  const definitions = share(Object.fromEntries(found.map(({ id, schema }) => [id, schema as JsonObject])));
  const kinds = Object.fromEntries(
    found.map(({ id, cluster, deprecated }) => [
      id,
      { ...(cluster ? { cluster } : {}), ...(deprecated === undefined ? {} : { deprecated }) },
    ]),
  );
  writeDefinitions(`crds/${name}.json`, { ...head, kinds }, definitions);
}

/** Characters of JSON from which a schema that stands in several places becomes a definition of its own. */
const WORTH_SHARING = 160;

/** Puts schemas that stand in several places, or in several versions, into definitions of their own. */
function share(kinds: Record<string, JsonObject>): JsonObject {
  const seen = new Map<string, number>();
  const count = (schema: Schema): Schema => {
    const text = JSON.stringify(sorted(schema as JsonObject));
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 1 ? mapSubschemas(schema, count) : schema;
  };
  Object.values(kinds).forEach((schema) => mapSubschemas(schema, count));

  const definitions: Record<string, Schema> = {};
  const replace = (schema: Schema): Schema => {
    const text = JSON.stringify(sorted(schema as JsonObject));
    if (text.length < WORTH_SHARING || seen.get(text)! < 2) return mapSubschemas(schema, replace);
    const name = `shared.${sha256(text).slice(0, 10)}`;
    definitions[name] ??= mapSubschemas(schema, replace);
    return { $ref: name };
  };
  for (const [id, schema] of Object.entries(kinds)) definitions[id] = mapSubschemas(schema, replace);
  return definitions as JsonObject;
}
