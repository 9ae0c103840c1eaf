/** What the documentation shows of files is what their readers take: registry.yaml, objects, workflows, JSON, TOML. */
import { readFileSync } from 'node:fs';
import { parse as parseToml } from 'smol-toml';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { generatedBySnippet, isRegistryYaml } from './generated.js';
import { placeOf, readPages, type Snippet } from './pages.js';

const test = suite('snippets of the documentation');
const snippets = readPages().flatMap((page) => page.snippets);
const LANGUAGES = new Set(['console', 'json', 'text', 'toml', 'yaml', 'diff', 'ini']);

/** Of no file: what a program prints, or a listing of folders. */
const of = (language: string): Snippet[] =>
  snippets.filter((snippet) => snippet.language === language && !snippet.unchecked);

test('every snippet says of what language it is', () => {
  for (const snippet of snippets)
    assert.ok(LANGUAGES.has(snippet.language), `${placeOf(snippet)}: "${snippet.language}"`);
});

test('JSON and TOML are well formed', () => {
  for (const snippet of of('json')) assert.not.throws(() => JSON.parse(snippet.text), placeOf(snippet));
  for (const snippet of of('toml')) assert.not.throws(() => parseToml(snippet.text), placeOf(snippet));
  assert.throws(() => parseToml('[host\ncapabilities = [pull]'));
});

test('what is shown of registry.yaml generates a tree in which no check finds an error', async () => {
  const shown = of('yaml').filter(isRegistryYaml);
  assert.ok(shown.length > 4);
  for (const snippet of shown) {
    const { code, err } = await generatedBySnippet(snippet);
    assert.is(code, 0, `${placeOf(snippet)}:\n${err}`);
  }
});

test('other YAML is objects that validate, or a file that the program brings a reader of', async () => {
  for (const snippet of of('yaml').filter((snippet) => !isRegistryYaml(snippet))) {
    const problem = await problemOfYaml(snippet);
    assert.is(problem, '', `${placeOf(snippet)}: ${problem}`);
  }
});

async function problemOfYaml({ text }: Snippet): Promise<string> {
  const documents = parseAllDocuments(text);
  const errors = documents.flatMap((document) => document.errors.map(({ message }) => message));
  if (errors.length) return errors.join('\n');
  const [first] = documents.map((document) => document.toJS() as Record<string, any>);
  if (first?.['apiVersion'] && first['kind']) return validated(text);
  if (first?.['mirrors'] ?? first?.['configs']) return hostsAreReached(first as RegistriesOfK3s);
  if (first?.['repos']) return hooksAreThere(first as Hooks);
  const steps = first?.['steps'] ?? Object.values(first?.['jobs'] ?? {}).flatMap((job: any) => job.steps);
  if (Array.isArray(steps) && steps.length) return inputsAreThere(steps as Step[]);
  return 'the tests know no reader of this: add one, or a comment <!-- unchecked: why --> in front';
}

function validated(text: string): Promise<string> {
  return withFolder((folder) => {
    writeFiles(folder, [['objects.yaml', text]]);
    const { code, out, err } = run(folder, ['validate', 'objects.yaml']);
    return code === 0 ? '' : out + err;
  });
}

type RegistriesOfK3s = {
  mirrors?: Record<string, { endpoint: string[] }>;
  configs?: Record<string, { tls: { ca_file: string } }>;
};

/** @see https://docs.k3s.io/installation/private-registry */
function hostsAreReached({ mirrors = {}, configs = {}, ...others }: RegistriesOfK3s): string {
  const endpoints = Object.values(mirrors).flatMap(({ endpoint }) => endpoint);
  const wrong = endpoints.filter((url) => !/^https?:\/\/[\w.:-]+$/.test(url));
  const files = Object.values(configs).map(({ tls }) => tls.ca_file);
  return [...wrong, ...files.filter((file) => !file.startsWith('/')), ...Object.keys(others)].join(', ');
}

type Hooks = { repos: { hooks: { id: string }[] }[] };

function hooksAreThere({ repos }: Hooks): string {
  const ids = new Set((parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as { id: string }[]).map(({ id }) => id));
  const missing = repos.flatMap(({ hooks }) => hooks.map(({ id }) => id)).filter((id) => !ids.has(id));
  return missing.length ? `there is no hook ${missing.join(', ')}` : '';
}

type Step = { uses?: string; with?: Record<string, unknown> };

function inputsAreThere(steps: Step[]): string {
  const action = readFileSync('.github/actions/registry-gitops/action.yml', 'utf8');
  const inputs = Object.keys((parse(action) as { inputs: object }).inputs);
  const given = steps
    .filter(({ uses }) => uses?.includes('registry-gitops'))
    .flatMap((step) => Object.keys(step.with ?? {}));
  const missing = given.filter((input) => !inputs.includes(input));
  return missing.length ? `the action has no input ${missing.join(', ')}` : '';
}

test('a snippet that is wrong is found', async () => {
  const yaml = (text: string): Snippet => ({ page: 'a.md', line: 1, derived: false, language: 'yaml', text });
  assert.match((await generatedBySnippet(yaml('storage: { type: s4 }'))).err, /s4/);
  assert.match(
    await problemOfYaml(yaml('apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { portz: [] }\n')),
    /portz/,
  );
  assert.match(
    await problemOfYaml(yaml('repos:\n  - repo: x\n    hooks: [{ id: registry-gitops-chek }]\n')),
    /no hook/,
  );
  assert.match(
    await problemOfYaml(yaml('steps:\n  - uses: ./registry-gitops\n    with: { comand: check }\n')),
    /no input comand/,
  );
  assert.match(await problemOfYaml(yaml('bases: [a]\n')), /no reader/);
});

test.run();
