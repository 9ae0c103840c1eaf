/** docs/how-to/api.md, word for word: its commands run against the real registries, and print what it shows. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPage } from '../../docs/pages.js';
import { BASH, shownOutputs } from '../../docs/shell.js';
import { LocalDeployment, PASSWORD, USER } from '../../support/cluster/deployment.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import { findProgram, testWith } from '../../support/tools.js';

const page = readPage('docs/how-to/api.md');
const HOST = 'registry.example.com';
/** The address of the example, and where it is here. */
const URL_SHOWN = `https://${HOST}`;

/** What registry 2.8 answers in place of what is shown: the page says so. */
const BEFORE_3: Record<string, string[]> = {
  '{"name":"app","tags":["1","2"]}': ['{"name":"app","tags":["2","1"]}', '{"name":"app","tags":["1","2"]}'],
  '{"name":"app","tags":[]}': ['{"name":"app","tags":["2"]}'],
};
const TAG_DELETED_BEFORE_3 = /DIGEST_INVALID.*\n400$/;

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];

for (const { image, program } of registries) {
  const test = suite(`${image}, the API page`);
  const path = findProgram(program);
  const tools = path !== undefined && BASH !== undefined && findProgram('curl') !== undefined;

  testWith(test, `${program}, bash or curl`, tools, 'every command prints what the page shows', async () => {
    const deployment = new LocalDeployment(`image: ${image}\noverlays: { it: {} }\n`, path!);
    const client = new Client(() => deployment.replicas[0]!);
    try {
      await deployment.start(1);
      for (const [repository, tag] of [
        ['app', '1'],
        ['app', '2'],
        ['team/tool', '1'],
      ] as const)
        await pushImage(client, repository, tag);
      const shown = commandsShown();
      const printed = runAll(
        shown.map(({ command }) => command),
        deployment,
      );
      assert.ok(shown.length > 10);
      for (const [index, { command, output }] of shown.entries()) {
        const [is, expected] = [printed[index]!, output.join('\n')];
        if (image.startsWith('registry:2') && command.endsWith('manifests/2"')) assert.match(is, TAG_DELETED_BEFORE_3);
        else if (image.startsWith('registry:2') && expected in BEFORE_3)
          assert.ok(BEFORE_3[expected]!.includes(is), is);
        else assert.is(is, expected, command);
      }
    } finally {
      client.close();
      await deployment.stop();
    }
  });

  testWith(test, `${program}, bash or curl`, tools, 'a wrong login is answered as the page says', async () => {
    const deployment = new LocalDeployment(`image: ${image}\noverlays: { it: {} }\n`, path!);
    try {
      await deployment.start(1);
      const commands = commandsShown().map(({ command }) => command);
      assert.equal(runAll(commands.slice(0, 3), deployment, 'another'), ['', '', '401']);
    } finally {
      await deployment.stop();
    }
  });

  test.run();
}

function commandsShown(): { command: string; output: string[] }[] {
  return page.snippets.filter(({ language }) => language === 'console').flatMap(({ text }) => shownOutputs(text));
}

/** Runs commands in one shell, as a reader does. @returns what each prints */
function runAll(commands: string[], deployment: LocalDeployment, password = PASSWORD): string[] {
  const [address] = deployment.replicas;
  const netrc = page.snippets.find(({ text }) => text.startsWith('machine '))!.text;
  assert.match(netrc, USER);
  writeFileSync(
    join(deployment.folder, '.netrc'),
    netrc.replace(HOST, address!.split(':')[0]!).replace('PASSWORD', `"${password}"`),
    { mode: 0o600 },
  );
  const separator = '====';
  const script = commands.map(
    (command) => `${command.replace(URL_SHOWN, `http://${address}`)}\nprintf '${separator}\\n'`,
  );
  const { stdout, stderr } = spawnSync(BASH!, ['--norc', '-c', script.join('\n')], {
    env: { PATH: process.env['PATH']!, HOME: deployment.folder },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  assert.is(stderr, '');
  return stdout
    .split(`${separator}\n`)
    .slice(0, -1)
    .map((one) => one.trimEnd());
}
