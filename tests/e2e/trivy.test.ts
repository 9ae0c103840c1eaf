/** Trivy reports nothing of a tree that docs/reference/checks.md does not answer. Apart from the other scanners, as it takes long to build. */
import { suite } from 'uvu';
import { compareWithAnswers, type Reported, scanned } from '../support/scanners.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite('Trivy');
const program = findProgram('trivy');
/** With the checks that it carries: nothing is fetched. */
const ARGS = ['config', '--skip-check-update', '--skip-version-check', '--format', 'json', '--quiet'];

interface Scanned {
  Results: { Target: string; Misconfigurations?: { ID: string; Status: string; Message: string }[] }[];
}

function trivy(folder: string): Reported[] {
  const { Results } = scanned(program!, [...ARGS, folder]) as Scanned;
  return Results.flatMap(({ Target, Misconfigurations = [] }) =>
    Misconfigurations.filter(({ Status }) => Status === 'FAIL').map(({ ID, Message }) => ({
      id: ID,
      where: Target,
      text: Message,
    })),
  );
}

testWith(test, 'trivy', program !== undefined, 'reports what the page answers', () =>
  compareWithAnswers('trivy', trivy),
);

test.run();
