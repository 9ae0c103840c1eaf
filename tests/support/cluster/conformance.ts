/** The conformance suite of the OCI distribution spec, and one address for several replicas to run it against. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { stringify } from 'yaml';
import { Processes } from '../processes.js';

/** The suite's program, as .ci/run installs it. */
export const CONFORMANCE = 'oci-conformance';

/** How often a test ran, and how it ended. The suite runs some of its tests several times under one name, in no fixed order. */
export interface Outcome {
  passed: number;
  failed: number;
  total: number;
}

/** Path of a test, such as sha256 blobs/stream/blob-get, to its outcome. */
export type Outcomes = Map<string, Outcome>;

/**
 * @param program path of the suite's program
 * @param address host and port of a registry that speaks plain HTTP
 * @param folder an empty folder, for what the suite writes
 */
export async function runConformance(
  program: string,
  address: string,
  folder: string,
  user = '',
  password = '',
): Promise<Outcomes> {
  const config = join(folder, 'conformance.yaml');
  writeFileSync(
    config,
    stringify({ version: '1.1', registry: address, tls: 'disabled', username: user, password, resultsDir: folder }),
  );
  const { exited, log } = new Processes().start(program, [], { OCI_CONFIGURATION: config });
  await exited;
  // Its exit code does not report: 0 where it could not begin, 1 where any test failed, as some do with every registry.
  const results = join(folder, 'junit.xml');
  if (!existsSync(results)) throw new Error(`${program} has no results\n${log()}`);
  return outcomesOf(readFileSync(results, 'utf8'));
}

function outcomesOf(junit: string): Outcomes {
  const outcomes: Outcomes = new Map();
  // What requests and responses hold is escaped, so a < is always a tag's.
  for (const [, attributes] of junit.matchAll(/<testcase ([^>]*)>/g)) {
    const value = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes!)![1]!;
    const name = value('name').replace('OCI Conformance Test/', '');
    const { passed, failed, total } = outcomes.get(name) ?? { passed: 0, failed: 0, total: 0 };
    const status = value('status');
    outcomes.set(name, {
      passed: passed + Number(status === 'passed'),
      failed: failed + Number(status === 'failure' || status === 'error'),
      total: total + 1,
    });
  }
  return outcomes;
}

/** @returns the tests that pass less often than they do elsewhere, one a line of text. */
export function regressions(elsewhere: Outcomes, here: Outcomes): string[] {
  return [...elsewhere].flatMap(([name, { passed }]) => {
    const { passed: own, total } = here.get(name) ?? { passed: 0, total: 0 };
    return own < passed ? [`${name}: ${own} of ${total} passed, elsewhere ${passed}`] : [];
  });
}

/** @returns how many tests of each group failed, and how many there are: group -> 3 of 50. Groups without a failure are left out. */
export function failuresByGroup(outcomes: Outcomes): Map<string, string> {
  const groups = new Map<string, { failed: number; total: number }>();
  for (const [name, outcome] of outcomes) {
    const group = name.split('/')[0]!;
    const { failed, total } = groups.get(group) ?? { failed: 0, total: 0 };
    groups.set(group, { failed: failed + outcome.failed, total: total + outcome.total });
  }
  return new Map(
    [...groups]
      .filter(([, { failed }]) => failed > 0)
      .map(([group, { failed, total }]) => [group, `${failed} of ${total}`]),
  );
}

/** Sends requests to replicas in turn, as a Service does, while `use` runs: no upload stays with the replica where it began. */
export async function behindOneAddress<T>(
  replicas: readonly string[],
  use: (address: string) => Promise<T>,
): Promise<T> {
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const [host, port] = replicas[turn++ % replicas.length]!.split(':');
    const { method, url, headers } = incoming;
    const forwarded = request({ host, port, method, path: url, headers }, (response) => {
      outgoing.writeHead(response.statusCode!, response.headers);
      // A response that breaks off must break off in front too, or the client waits for ever.
      pipeline(response, outgoing, () => {});
    });
    forwarded.on('error', () => outgoing.destroy());
    pipeline(incoming, forwarded, () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
