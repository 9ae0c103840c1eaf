/** What clients need of this very registry, in their own formats. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

const test = suite('clients');
const CONFIG = `host: registry.example.com
overlays:
  lan:
    ingress: { class: nginx }
    checks: { ignore: { plain-http-login: A test. } }
  tls:
    ingress: { class: nginx }
    tls: { type: secret }
`;

interface Answer {
  host: string;
  trust: string;
  clients: { name: string; settings: { what: string; file?: string; text?: string; command?: string }[] }[];
}

const inFolder =
  (check: (ask: (...args: string[]) => Answer, folder: string) => void, config = CONFIG) =>
  (): Promise<void> =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'registry.yaml'), config);
      check((...args) => JSON.parse(run(folder, ['clients', '--json', ...args]).out) as Answer, folder);
    });

function textOf({ clients }: Answer, client: string): string {
  const texts = clients.find(({ name }) => name === client)!.settings.map(({ text, command }) => text ?? command);
  return texts.join('\n');
}

test(
  'plain HTTP: each client is told in its own format to use it with this host alone',
  inFolder((ask) => {
    const answer = ask('--overlay', 'lan');
    assert.equal([answer.host, answer.trust], ['registry.example.com', 'plain-http']);
    const daemon = answer.clients[0]!.settings[0]!;
    assert.equal(
      [daemon.file, JSON.parse(daemon.text!)],
      ['/etc/docker/daemon.json', { 'insecure-registries': ['registry.example.com'] }],
    );
    const registries = parse(answer.clients.find(({ name }) => name === 'k3s')!.settings[0]!.text!) as object;
    assert.equal(registries, { mirrors: { 'registry.example.com': { endpoint: ['http://registry.example.com'] } } });
    assert.match(textOf(answer, 'containerd'), '[host."http://registry.example.com"]');
    assert.match(textOf(answer, 'podman'), 'location = "registry.example.com"\ninsecure = true');
    assert.match(textOf(answer, 'kind'), 'server = "http://registry.example.com"');
    assert.match(textOf(answer, 'minikube'), '--insecure-registry registry.example.com');
    assert.match(textOf(answer, 'buildkit'), 'http = true');
  }),
);

test(
  'an own authority: each client gets its certificate, and none is made to skip the check',
  inFolder((ask) => {
    const answer = ask('--overlay', 'tls', '--ca', 'own-ca.crt');
    assert.is(answer.trust, 'own-ca');
    for (const { name } of answer.clients) {
      const text = textOf(answer, name);
      assert.match(text, 'own-ca.crt', name);
      assert.not.match(text, /insecure|skip_verify|http:\/\//, name);
    }
    const k3s = answer.clients.find(({ name }) => name === 'k3s')!.settings;
    const file = /install -m 644 own-ca.crt (\S+)/.exec(k3s[0]!.command!)![1];
    assert.is(parse(k3s[1]!.text!).configs['registry.example.com'].tls.ca_file, file);
  }),
);

test(
  'HTTPS with a certificate that clients know needs nothing, and says so',
  inFolder((_, folder) => {
    const { code, out } = run(folder, ['clients', '--overlay', 'tls']);
    assert.is(code, 0);
    assert.is(out.split('\n').length, 2);
    assert.match(out, 'https://registry.example.com needs no setting');
  }),
);

test(
  'one client can be asked about; others, and overlays that are not there, are named',
  inFolder((ask, folder) => {
    assert.equal(
      ask('--overlay', 'lan', 'podman').clients.map(({ name }) => name),
      ['podman'],
    );
    for (const [args, message] of [
      [['--overlay', 'lan', 'podmann'], 'there is no client "podmann"; did you mean "podman"?'],
      [['--overlay', 'lna'], 'there is no overlay "lna" in registry.yaml; did you mean "lan"?'],
      [[], 'several overlays have an Ingress; name one: --overlay lan, or --overlay tls'],
    ] as const) {
      const { code, err } = run(folder, ['clients', ...args]);
      assert.equal([code, err], [2, `registry-gitops: ${message}\n`]);
    }
  }),
);

test(
  'without an Ingress it is the port that kubectl forwards',
  inFolder((ask) => assert.is(ask().host, 'localhost:5000'), 'name: images\n'),
);

test.run();
