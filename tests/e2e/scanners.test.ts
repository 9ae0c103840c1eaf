/** kube-score, its optional checks included, and Checkov report nothing of a tree that docs/reference/checks.md does not answer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { compareWithAnswers, type Reported, scanned } from '../support/scanners.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite('scanners of manifests');

/** kube-score's grades: 1 critical, 5 warning, 7 almost, 10 as it wants it. */
const CONTENT = 10;
const KUBE_SCORE = ['score', '--all-default-optional', '--kubernetes-version', 'v1.37', '--output-format', 'json', '-'];

interface Scored {
  object_name: string;
  checks: { check: { id: string }; grade: number; skipped: boolean; comments: { summary: string }[] | null }[];
}

function kubeScore(folder: string): Reported[] {
  return readdirSync(folder).flatMap((file) =>
    // Of a file in which there is nothing for it, it prints null.
    ((scanned(kubeScoreProgram!, KUBE_SCORE, readFileSync(join(folder, file), 'utf8')) ?? []) as Scored[]).flatMap(
      ({ object_name, checks }) =>
        checks
          .filter(({ skipped, grade }) => !skipped && grade < CONTENT)
          .map(({ check, comments }) => ({
            id: check.id,
            where: `${file}: ${object_name}`,
            text: comments?.map(({ summary }) => summary).join('; ') ?? '',
          })),
    ),
  );
}

interface Failed {
  check_id: string;
  check_name: string;
  resource: string;
  file_path: string;
}

function checkov(folder: string): Reported[] {
  const args = ['-d', folder, '--framework', 'kubernetes', '--skip-download', '--compact', '--quiet', '-o', 'json'];
  const { results } = scanned(checkovProgram!, args) as { results: { failed_checks: Failed[] } };
  return results.failed_checks.map(({ check_id, check_name, resource, file_path }) => ({
    id: check_id,
    where: `${file_path}: ${resource}`,
    text: check_name,
  }));
}

const kubeScoreProgram = findProgram('kube-score');
const checkovProgram = findProgram('checkov');
testWith(test, 'kube-score', kubeScoreProgram !== undefined, 'kube-score reports what the page answers', () =>
  compareWithAnswers('kube-score', kubeScore),
);
testWith(test, 'Checkov', checkovProgram !== undefined, 'Checkov reports what the page answers', () =>
  compareWithAnswers('checkov', checkov),
);

test.run();
