/** A registry of which the next steps are asked for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { problemOfOwn } from '../docs/command-line.js';
import { recordCommands } from '../docs/shell.js';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

/** Generates one registry.yaml after the other. @returns what is printed below the summary, for each */
export async function afterEach(...texts: string[]): Promise<string[]> {
  const printed: string[] = [];
  await withFolder((folder) => {
    for (const text of texts) {
      writeFileSync(join(folder, 'registry.yaml'), text);
      const { code, out, err } = run(folder, ['generate']);
      assert.is(code, 0, err);
      const [, below = ''] = /^Wrote .*\n([^]*)$/m.exec(out) ?? [];
      for (const command of commands(below)) assert.is(problemOf(command), undefined, command);
      printed.push(below);
    }
  });
  return printed;
}

export const BASE = 'host: registry.acme.org\n';

export const TLS = `${BASE}overlays:\n  tls:\n    redis: { type: statefulset }\n    ingress: { class: gce }\n    tls: { type: gke-managed }\n`;

export const NGINX = 'ingress: { class: nginx }';

/** @returns the commands among what is printed. */
export function commands(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /^ {7}((?:kubectl|npm|docker|read|gcloud|git|mkdir|sops|sudo) .*)/.exec(line)?.[1] ?? []);
}

/** @returns what is wrong with the commands of this program among those of a line of shell */
function problemOf(line: string): string | undefined {
  const { commands: found, problem } = recordCommands(line.replaceAll(/ \|\| /g, '; '));
  if (problem !== '') return problem;
  for (const [program, ...args] of found) {
    if (program !== 'npm') continue;
    const [name, ...rest] = args.filter((word) => !['run', '--silent', '--'].includes(word));
    const wrong = problemOfOwn([name!, ...rest]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
