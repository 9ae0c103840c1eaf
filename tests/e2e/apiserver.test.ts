/** The checks and a real API server say the same of the same objects. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { SUPPORTED_MINORS, type Target } from '../../generator/checks/index.js';
import { buildModel } from '../../generator/features/index.js';
import { finish } from '../../generator/kustomize/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { crdDocuments, PROJECTS } from '../../scripts/schemas/crds.js';
import { fromCluster, releaseAt } from '../../scripts/schemas/kubernetes.js';
import definitions from '../../schemas/kubernetes/definitions.json' with { type: 'json' };
import { type Agreement, compare, type Question, report } from '../support/objects/agreement.js';
import { ApiServer } from '../support/cluster/apiserver.js';
import { configOf } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';
import { corpus, shippedUnits } from '../support/objects/corpus.js';
import { distinct, isKnown, mutantsOf } from '../support/objects/questions.js';
import { until } from '../support/processes.js';
import { findProgram, testWith } from '../support/tools.js';
import { readVerdicts } from '../support/objects/verdicts.js';
import { prepare } from '../support/hooks.js';

const test = suite('the checks agree with a real API server');
const [etcd, apiserver, go] = ['etcd', 'kube-apiserver', 'go'].map(findProgram);
const api = new ApiServer();
let target: Target;
/** Pods of the examples ask for it, so it has to be there. */
const PRIORITY = {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'important' },
  value: 1000,
} as KubernetesObject;
/** What the API server refuses, and the checks do too: at least. */
const LEAST = 0.99;

const withServer = (name: string, run: () => Promise<void>): void =>
  testWith(test, 'etcd, kube-apiserver or go', Boolean(etcd && apiserver && go), name, run);
const examples = (folder: string): { name: string; object: KubernetesObject }[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) =>
      parseAllDocuments(readFileSync(join(folder, name), 'utf8'), { version: '1.1' }).map((document) => ({
        name,
        object: document.toJS() as KubernetesObject,
      })),
    )
    .filter(({ object }) => typeof object?.kind === 'string');
const valid = join(import.meta.dirname, '../checks/valid');

function judge(what: string, agreement: Agreement): void {
  report(what, agreement);
  assert.ok(agreement.refused > 0, 'the API server refuses some');
  assert.ok(agreement.found >= LEAST * agreement.refused, `${agreement.found} of ${agreement.refused} were found`);
  assert.equal(agreement.wrong, [], 'what the API server accepts is called an error');
}

prepare(test, async () => {
  if (!etcd || !apiserver || !go) return;
  await api.start({ etcd, apiserver });
  const minor = Number(/\d+/.exec((await api.get('/version')).body.minor));
  assert.ok(SUPPORTED_MINORS.includes(minor), `there are schemas for 1.${minor}`);
  target = { first: minor, last: minor };
  for (const name of ['registry', 'argocd', 'flux-system', 'prod'])
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await api.apply(PRIORITY);
  await api.install(PROJECTS.flatMap((project) => crdDocuments(project).documents as KubernetesObject[]));
});

test.after(() => api.stop());

withServer('it serves what is stored as its schemas', async () => {
  const { gitVersion } = (await api.get('/version')).body;
  const source = definitions.sources.find(({ version }) => version === gitVersion);
  assert.ok(source, `schemas/kubernetes/definitions.json is of ${gitVersion}`);
  // It begins to serve the schemas of CRDs some time after it has these.
  const served3 = async (): Promise<Record<string, unknown>> => (await api.get('/openapi/v3')).body.paths;
  await until('CRDs are served', async () => 'apis/gateway.networking.k8s.io/v1' in (await served3()), 60_000);
  const texts = new Map<string, string>();
  for (const path of ['/version', '/openapi/v3']) texts.set(path, JSON.stringify((await api.get(path)).body));
  for (const path of Object.keys((await api.get('/openapi/v3')).body.paths))
    texts.set(`/openapi/v3/${path}`, JSON.stringify((await api.get(`/openapi/v3/${path}`)).body));
  const served = fromCluster((path) => texts.get(path)!, 'the API server').release;
  const stored = releaseAt(definitions as unknown as Parameters<typeof releaseAt>[0], target.first);
  const kinds = Object.keys(served.kinds);
  assert.ok(!kinds.some((kind) => kind.startsWith('gateway.networking.k8s.io/')), 'CRDs are left out');
  assert.ok(kinds.length > 50, `${kinds.length} kinds`);
  // Alpha and beta versions are stored, and served only where someone asks for them.
  for (const kind of kinds) assert.equal(stored.kinds[kind], served.kinds[kind], kind);
  for (const [name, definition] of Object.entries(served.definitions))
    assert.equal(stored.definitions[name], definition, name);
  console.log(
    `${kinds.length} kinds and ${Object.keys(served.definitions).length} definitions of ${gitVersion} are the same`,
  );
});

withServer('it accepts every overlay, with the one warning that GKE asks for', async () => {
  const questions = distinct(
    shippedUnits().flatMap(({ name, objects }) => objects.filter(isKnown).map((object) => ({ name, object }))),
  );
  // GKE serves what says so by this annotation, and nothing else.
  const known = (object: KubernetesObject): string[] =>
    object.kind === 'Ingress' && object.metadata.annotations?.['kubernetes.io/ingress.class'] === 'gce'
      ? [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]
      : [];
  for (const { name, object } of questions) {
    const { accepted, message, warnings } = await api.dryRun(object);
    assert.equal(
      [accepted, message, warnings.map((warning) => warning.replaceAll('\\"', '"'))],
      [true, '', known(object)],
      `${name}: ${object.kind}`,
    );
  }
  const agreement = await compare(api, target, questions);
  report('overlays', agreement);
  assert.equal([agreement.refused, agreement.wrong], [0, []]);
});

withServer('it accepts what 100 random configs give', async () => {
  const questions = randomConfigs(100, 7).flatMap((text, number) => {
    const { base, overlays } = configOf(text);
    return [base, ...overlays.map(({ settings }) => settings)].flatMap((settings) =>
      finish(buildModel(settings), [])
        .filter(isKnown)
        .map((object) => ({ name: `config ${number}`, object })),
    );
  });
  for (const namespace of new Set(questions.flatMap(({ object }) => object.metadata.namespace ?? [])))
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const agreement = await compare(api, target, distinct(questions));
  report('random configs', agreement);
  assert.equal([agreement.missed, agreement.wrong], [[], []]);
});

withServer('on valid objects of 50 kinds', async () => {
  const agreement = await compare(
    api,
    target,
    examples(valid).filter(({ object }) => isKnown(object)),
  );
  report('valid objects', agreement);
  assert.equal([agreement.missed, agreement.wrong], [[], []]);
});

withServer('on the corpus of broken manifests', async () => {
  const broken = corpus().flatMap(({ name, objects, changed }): Question[] =>
    changed === undefined || !isKnown(objects[changed]!) ? [] : [{ name, object: objects[changed]! }],
  );
  judge('corpus', await compare(api, target, distinct(broken)));
});

withServer('on objects that people wrote, as recorded', async () => {
  const judged = readVerdicts();
  const other: string[] = [];
  for (const { object, verdict } of judged) {
    const { accepted, message } = await api.dryRun(object);
    if (accepted !== (verdict === 'accepted'))
      other.push(`${verdict}, and now: ${accepted ? 'accepted' : message}\n  ${JSON.stringify(object)}`);
  }
  assert.equal(other, [], 'the server says something else of these now: correct tests/checks/verdicts');
  console.log(`verdicts: ${judged.length} objects, each judged as recorded`);
});

withServer('on the examples of every rule', async () => {
  // Of kinds that only their author knows, of versions of the past, and of what is decrypted before it gets there, it can say nothing.
  const questions = examples(join(import.meta.dirname, '../checks/rules')).filter(
    ({ name, object }) =>
      isKnown(object) && !('sops' in object) && !/^unknown-cel|kustomiz|unused-exception|crd\.yaml$/.test(name),
  );
  judge('examples', await compare(api, target, questions));
});

withServer('on every field of every overlay, changed', async () => {
  judge(
    'fields of the overlays',
    await compare(api, target, mutantsOf(shippedUnits().flatMap(({ objects }) => objects))),
  );
});

for (const file of readdirSync(valid)) {
  withServer(`on every field of ${file}, changed`, async () => {
    const mutants = mutantsOf(
      examples(valid)
        .filter(({ name }) => name === file)
        .map(({ object }) => object),
    );
    judge(
      `fields of ${file}`,
      await compare(
        api,
        target,
        mutants.map((question) =>
          question.object.kind === PRIORITY.kind ? { ...question, previous: PRIORITY } : question,
        ),
      ),
    );
  });
}

withServer('on what cannot be changed in place', async () => {
  const objects = [
    ...new Map(
      shippedUnits()
        .flatMap(({ objects: all }) => all.filter(isKnown))
        .map((object) => [`${object.kind}/${object.metadata.name}`, object]),
    ).values(),
  ];
  const previousOf = ({ kind, metadata }: KubernetesObject): KubernetesObject | undefined =>
    objects.find((object) => object.kind === kind && object.metadata.name === metadata?.name);
  const emptyParts = (object: KubernetesObject): number => JSON.stringify(object).split('{}').length;
  // Server-side apply merges: null and {}, or a part that loses its last field, are no removal and nothing to compare.
  const asNew = mutantsOf(objects).filter(({ name, object }) => {
    const previous = previousOf(object);
    return previous && !/ (null|empty)$/.test(name) && emptyParts(object) <= emptyParts(previous);
  });
  // Only what would be right as a new object can show what may not be changed.
  const answers = await Promise.all(
    asNew.map(async (question) => ((await api.dryRun(question.object)).accepted ? [question] : [])),
  );
  for (const object of objects) await api.apply(object);
  judge(
    'changes of the overlays',
    await compare(
      api,
      target,
      answers.flat().map((question) => ({ ...question, previous: previousOf(question.object) })),
    ),
  );
});

test.run();
