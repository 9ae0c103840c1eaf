/** What clients need of this very registry, in their own formats. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseToml } from 'smol-toml';
import { parse } from 'yaml';
import { run } from '../support/cli.js';
import { BASH, recordCommands } from '../docs/shell.js';
import { CA_CERTIFICATE } from '../support/certificate.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { testWith } from '../support/tools.js';

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
      writeFiles(folder, [
        ['registry.yaml', config],
        ['own-ca.crt', CA_CERTIFICATE],
      ]);
      check((...args) => JSON.parse(run(folder, ['clients', '--json', ...args]).out) as Answer, folder);
    });

function textOf({ clients }: Answer, client: string): string {
  const texts = clients.find(({ name }) => name === client)!.settings.map(({ text, command }) => text ?? command);
  return texts.join('\n');
}

/** @returns the same value of plain objects: tables of TOML have no prototype */
function asPlain(table: object): unknown {
  return JSON.parse(JSON.stringify(table));
}

/** @returns what files of a name hold that a client gets, parsed */
function tomlOf({ clients }: Answer, client: string, name: string): unknown[] {
  const { settings } = clients.find((one) => one.name === client)!;
  return settings.flatMap(({ file, text }) => (file?.endsWith(name) ? asPlain(parseToml(text!)) : []));
}

test(
  'plain HTTP: each client gets a setting in its own format, for this host alone',
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
    const podman = answer.clients.find(({ name }) => name === 'podman')!.settings;
    assert.equal(asPlain(parseToml(podman[0]!.text!)), {
      registry: [{ location: 'registry.example.com', insecure: true }],
    });
    assert.is(podman[1]!.command, 'sudo systemctl reload crio');
    assert.equal(tomlOf(answer, 'containerd', 'hosts.toml'), [
      {
        server: 'http://registry.example.com',
        host: { 'http://registry.example.com': { capabilities: ['pull', 'resolve', 'push'] } },
      },
    ]);
    assert.match(textOf(answer, 'kind'), 'server = "http://registry.example.com"');
    assert.match(textOf(answer, 'minikube'), '--insecure-registry registry.example.com');
    assert.equal(tomlOf(answer, 'buildkit', 'buildkitd.toml'), [
      { registry: { 'registry.example.com': { http: true } } },
    ]);
  }),
);

test(
  'an own authority: each client gets its certificate, and none is made to skip the check',
  inFolder((ask) => {
    const answer = ask('--overlay', 'tls', '--ca', 'own-ca.crt');
    assert.is(answer.trust, 'own-ca');
    for (const { name } of answer.clients.filter((client) => client.name !== 'pods')) {
      const text = textOf(answer, name);
      assert.match(text, 'own-ca.crt', name);
      assert.not.match(text, /insecure|skip_verify|http:\/\//, name);
    }
    const k3s = answer.clients.find(({ name }) => name === 'k3s')!.settings;
    const file = /install -D -m 644 own-ca.crt (\S+)/.exec(k3s[0]!.command!)![1];
    assert.is(parse(k3s[1]!.text!).configs['registry.example.com'].tls.ca_file, file);
  }),
);

test(
  'a configuration of containerd has the table of its version, 3 as well as 2',
  inFolder((ask) => {
    const config = tomlOf(ask('--overlay', 'lan'), 'containerd', 'config.toml');
    const registry = { registry: { config_path: '/etc/containerd/certs.d' } };
    assert.equal(config, [
      { version: 3, plugins: { 'io.containerd.cri.v1.images': registry } },
      { version: 2, plugins: { 'io.containerd.grpc.v1.cri': registry } },
    ]);
  }),
);

test(
  'minikube gets the certificate of an own authority in the folder that it copies to its nodes, and is started anew',
  inFolder((ask) => {
    const { settings } = ask('--overlay', 'tls', '--ca', 'own-ca.crt', 'minikube').clients[0]!;
    assert.equal(
      settings.map(({ command }) => command),
      [
        'install -D -m 644 own-ca.crt ~/.minikube/certs/registry.example.com.pem',
        'minikube stop',
        'minikube start --embed-certs',
      ],
    );
  }),
);

testWith(
  test,
  'bash',
  BASH !== undefined,
  'the path of a certificate is one word for a shell, and no option, and TOML has it as it is',
  () =>
    inFolder((ask, folder) => {
      for (const [path, shown] of [
        ["Bob's own (1).crt", "Bob's own (1).crt"],
        ['-rf.crt', './-rf.crt'],
        ['a:b".crt', './a:b".crt'],
      ] as const) {
        writeFiles(folder, [[path, CA_CERTIFICATE]]);
        const answer = ask('--overlay', 'tls', `--ca=${path}`);
        for (const name of ['docker', 'podman', 'containerd', 'k3s', 'kind', 'minikube']) {
          const { settings } = answer.clients.find((client) => client.name === name)!;
          const shell = settings.map(({ command }) => command ?? '').join('\n');
          const { commands, problem } = recordCommands(shell.replaceAll('sudo ', ''));
          const words = commands.filter(([program]) => program === 'install' || program === 'docker').flat();
          assert.ok(problem === '' && words.includes(shown), `${name}: ${problem} ${words.join('|')}`);
        }
        assert.equal(tomlOf(answer, 'buildkit', 'buildkitd.toml'), [
          { registry: { 'registry.example.com': { ca: [shown] } } },
        ]);
      }
    })(),
);

test(
  'a certificate that clients could not use is refused, and so is a key that none of them should get',
  inFolder((_, folder) => {
    const broken = CA_CERTIFICATE.replace(/^M.{20}/m, 'MIIB');
    writeFiles(folder, [
      ['der.crt', '\u0000\u0001'],
      ['broken.crt', broken],
      ['both.pem', `${CA_CERTIFICATE}-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n`],
      ['folder/file', ''],
    ]);
    for (const [file, message] of [
      ['none.crt', 'there is no such file'],
      ['folder', 'this is a folder'],
      ['der.crt', 'this is no certificate in PEM'],
      ['broken.crt', 'a certificate in it cannot be parsed'],
      ['both.pem', 'the file has a private key'],
    ] as const) {
      const { code, out, err } = run(folder, ['clients', '--overlay', 'tls', '--ca', file]);
      assert.equal([code, out], [2, ''], file);
      assert.ok(err.startsWith(`registry-gitops: --ca ${file}: ${message}`), err);
    }
  }),
);

test(
  'HTTPS with a certificate that clients know needs nothing but a login for pods, and says so',
  inFolder((ask, folder) => {
    const { code, out } = run(folder, ['clients', '--overlay', 'tls']);
    assert.is(code, 0);
    assert.match(out, 'https://registry.example.com needs no setting');
    const needed = (...args: string[]): string[] =>
      ask(...args).clients.flatMap(({ name, settings }) => (settings.length > 0 ? name : []));
    assert.equal(needed('--overlay', 'tls'), ['pods']);
    writeFiles(folder, [
      ['registry.yaml', `auth: { type: none }\nchecks: { ignore: { registry-auth: A test. } }\n${CONFIG}`],
    ]);
    assert.equal(needed('--overlay', 'tls'), []);
  }),
);

test(
  'pods pull with a Secret of their namespace, which their ServiceAccount names',
  inFolder((ask) => {
    const [secret, account] = ask('--overlay', 'tls', 'pods').clients[0]!.settings;
    assert.match(
      secret!.command!,
      'kubectl -n NAMESPACE create secret docker-registry registry-login --docker-server=registry.example.com',
    );
    assert.not.match(secret!.command!, /--docker-password=[^"]/, 'no password in the history of the shell');
    const [, patch] = /patch serviceaccount default --patch '(.*)'/.exec(account!.command!)!;
    assert.equal(JSON.parse(patch!), { imagePullSecrets: [{ name: 'registry-login' }] });
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
  inFolder((ask) => {
    const { host, clients } = ask();
    assert.is(host, 'localhost:5000');
    const needed = clients.filter(({ settings }) => settings.length > 0);
    assert.equal(
      needed.map(({ name }) => name),
      ['podman'],
      'Docker uses plain HTTP there, and the nodes do not reach it',
    );
    assert.is(needed[0]!.settings[0]!.file, '/etc/containers/registries.conf.d/localhost.conf');
  }, 'name: images\n'),
);

test.run();
