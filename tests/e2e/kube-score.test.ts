/** kube-score finds nothing in the overlays that docs/reference/checks.md does not answer, its optional checks included. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readAnswers } from '../../scripts/docs/peers.js';
import { run } from '../support/cli.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite('kube-score on the overlays');
/** kube-score's grades: 1 critical, 5 warning, 7 almost, 10 as it wants it. */
const CONTENT = 10;

interface Scored {
  object_name: string;
  checks: { check: { id: string }; grade: number; skipped: boolean; comments: { summary: string }[] | null }[];
}

const program = findProgram('kube-score');
const answered = new Set(readAnswers().flatMap((answer) => answer['kube-score'] ?? []));
const flagged = new Set<string>();

for (const overlay of readdirSync('overlays').sort()) {
  testWith(test, 'kube-score', program !== undefined, overlay, () => {
    const built = run('.', ['build', overlay]);
    assert.is(built.code, 0, built.err);
    // It exits with 1 where it flags something critical, so the status says nothing.
    const { stdout, stderr } = spawnSync(
      program!,
      ['score', '--all-default-optional', '--kubernetes-version', 'v1.37', '--output-format', 'json', '-'],
      { input: built.out, encoding: 'utf8' },
    );
    assert.ok(stdout, stderr);
    const scored = JSON.parse(stdout) as Scored[];
    assert.ok(
      scored.some(({ object_name }) => object_name.startsWith('Deployment/')),
      'it looked at the registry',
    );
    for (const { object_name, checks } of scored) {
      for (const { check, grade, skipped, comments } of checks) {
        if (skipped || grade >= CONTENT) continue;
        flagged.add(check.id);
        assert.ok(
          answered.has(check.id),
          `${object_name}: ${check.id}: ${comments?.map(({ summary }) => summary).join('; ')}`,
        );
      }
    }
  });
}

testWith(test, 'kube-score', program !== undefined, 'no answer is to something that it does not say', () => {
  const known = new Set(
    execFileSync(program!, ['list'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split(',')[0]),
  );
  for (const id of answered) {
    assert.ok(known.has(id), `kube-score has no check ${id}`);
    assert.ok(flagged.has(id), `${id} is answered, and not flagged`);
  }
});

test.run();
