/** Every command that the documentation shows is there, with the options and the objects that it names. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram, testWith } from '../support/tools.js';
import { ownCommands, ownOptions, problemOfOwn } from './command-line.js';
import { generatedOn } from './generated.js';
import { type Known, madeBy, optionsGiven } from './kubectl.js';
import { type Page, placeOf, type Quoted, readPages } from './pages.js';
import { problemOf } from './programs.js';
import { BASH, type Command, recordCommands, shellOf } from './shell.js';

const test = suite('commands of the documentation');
const pages = readPages();
const SHELL = new Set(['console', 'shell', 'sh', 'bash']);

/** What a sentence quotes is a command where it begins with one of these, and goes on. */
const QUOTED =
  /^(npm|npx|node|registry-gitops|kubectl|docker|git|argocd|redis-cli|curl|mkdir|sops|gcloud|kind|minikube|k3s|podman|crictl|sudo) \S/;

/** What a sentence may name without all that it needs. */
const MENTIONED = new Set([
  'kubectl apply -k',
  'kubectl delete -k',
  'docker login',
  'docker push',
  'docker pull',
  'validate --previous',
]);

/** Functions and variables, which the snippets of a page share. */
const DEFINITION = /^(\w+\(\) \{.*\}|[A-Z_]+=.*)$/;

/** @returns the commands of a page, each with its place. */
function commandsOf(page: Page): { at: Quoted; command: Command }[] {
  let definitions = '';
  const shells: Quoted[] = [];
  for (const snippet of page.snippets.filter(({ language, unchecked }) => SHELL.has(language) && !unchecked)) {
    const shell = shellOf(snippet.text);
    shells.push({ ...snippet, text: definitions + shell });
    const defined = shell.split('\n').filter((line) => DEFINITION.test(line));
    definitions += defined.map((line) => `${line}\n`).join('');
  }
  shells.push(...page.codes.filter(({ text }) => QUOTED.test(text) && !MENTIONED.has(text)));
  return shells.flatMap((at) => {
    const { commands, problem } = recordCommands(at.text);
    assert.is(problem, '', `${placeOf(at)}: ${at.text}`);
    return commands.map((command) => ({ at, command }));
  });
}

for (const page of pages) {
  testWith(test, 'bash', BASH !== undefined, `${page.path}: its commands are there, and what they name`, async () => {
    const commands = commandsOf(page);
    const made = new Set(
      commands.flatMap(({ command: [program, ...args] }) => (program === 'kubectl' ? madeBy(args) : [])),
    );
    const known: Known = { ...(await generatedOn(page)), made };
    const wrong = commands.flatMap(({ at, command }) => {
      const problem = problemOf(command, known);
      return problem ? [`${placeOf(at)}: ${command.join(' ')}: ${problem}`] : [];
    });
    assert.equal(wrong, []);
  });
}

const tools = BASH !== undefined && findProgram('kubectl') !== undefined;
testWith(test, 'bash or kubectl', tools, 'kubectl itself knows every option that a page gives it', () => {
  const help = (...args: string[]): string => spawnSync('kubectl', args, { encoding: 'utf8' }).stdout;
  const forAll = help('options');
  const given = new Map<string, Set<string>>();
  for (const { command } of pages.flatMap(commandsOf).filter(({ command: [program] }) => program === 'kubectl')) {
    const { verb, options } = optionsGiven(command.slice(1));
    given.set(verb.join(' '), new Set([...(given.get(verb.join(' ')) ?? []), ...options]));
  }
  assert.ok(given.size > 10);
  for (const [verb, options] of given) {
    const known = help(...verb.split(' '), '--help') + forAll;
    for (const option of options)
      assert.match(known, new RegExp(`^ +(-\\w, )?${option}(=|,)`, 'm'), `kubectl ${verb} ${option}`);
  }
});

test('a command of this program that a sentence names by its name alone is there, with its options', () => {
  const commands = pages.flatMap(({ codes }) =>
    codes.filter(({ text }) => !MENTIONED.has(text) && ownCommands.some((name) => text.startsWith(`${name} `))),
  );
  assert.ok(commands.length > 3);
  for (const at of commands) assert.is(problemOfOwn(at.text.split(' ')), undefined, `${placeOf(at)}: ${at.text}`);
});

/** Options of other programs that a sentence names, and of the collector's in the cluster. */
const OTHERS = new Set([
  '--delete-untagged',
  '--embed-certs',
  '--global',
  '--insecure-registry',
  '--head',
  '--output',
  '--write-out',
  '--external, Secret/NAME',
  '--no-cross-namespace-refs',
  '--redis',
  '--settle',
  '--silent',
  '--tls-verify=false',
  '--validate=false',
]);

test('an option that a sentence names is one of this program, or of another that is named here', () => {
  const options = pages.flatMap(({ codes }) => codes.filter(({ text }) => /^--[\w-]/.test(text)));
  const own = ownOptions();
  const wrong = options.filter(({ text }) => !own.has(text.split(/[ =]/, 1)[0]!) && !OTHERS.has(text));
  assert.equal(
    wrong.map((at) => `${placeOf(at)}: ${at.text}`),
    [],
  );
});

const shipped = await generatedOn({ ...pages[0]!, snippets: [] });
const WRONG: [command: string, problem: RegExp][] = [
  ['npm run genrate', /no script genrate/],
  ['npm run diff --live', /write -- in front/],
  ['npm run docs -- --all', /takes nothing/],
  ['npm instal', /npm instal is not used/],
  ['npm run --silent diff -- --overlays tls', /diff has no option --overlays/],
  ['npm run --silent build -- tls base', /build takes 1 arguments, not 2/],
  ['registry-gitops apply', /no command apply/],
  ['registry-gitops diff --overlay', /--overlay needs a value/],
  ['npx registry-gitops init', /npx is not used in a form/],
  ['kubectl aply -k overlays/tls', /no verb "aply"/],
  ['kubectl apply -k overlays/tsl', /no file overlays\/tsl/],
  ['kubectl -n registri get pods', /no namespace registri/],
  ['kubectl -n registry get deployments registri', /no deployments registri/],
  ['kubectl -n registry get deploymints', /no kind deploymints/],
  ['kubectl -n registry rollout restart deployment/registri', /no deployment\/registri/],
  ['kubectl -n registry create job x --from=cronjob/gc', /no cronjob\/gc/],
  ['kubectl -n registry get secret registry-secret', /no secret registry-secret/],
  ['kubectl -n registry get pods -l app.kubernetes.io/component=collector', /no object has the label/],
  ['kubectl -n registry exec registry-redis-0 -c cache -- redis-cli role', /no container cache/],
  ['kubectl get pods --colour', /--colour is not among/],
  ['docker push registry.example.org/hello:1', /docker is not used in a form/],
  ['node --import tsx scripts/build-apiservers.ts FOLDER', /no file scripts/],
];

testWith(test, 'bash', BASH !== undefined, 'a command that is quoted wrong is found', () => {
  for (const [text, problem] of WRONG) {
    const { commands } = recordCommands(text);
    assert.match(problemOf(commands[0]!, { ...shipped, made: new Set() }) ?? 'nothing', problem, text);
  }
  assert.match(recordCommands('echo "a').problem, /unexpected EOF/);
  assert.match(recordCommands('npm ci > /etc/x').problem, /outside of the folder/);
});

test.run();
