/** What the action reports on a pull request, and what it commits. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { action } from '../support/action.js';
import { run } from '../support/cli.js';
import { withClone, PULL_REQUEST, git } from './action-runs.js';

const test = suite('the action: comments, findings and commits');

test(
  'a pull request gets one comment with what changes in the cluster, which is kept current',
  withClone(({ folder, act, edit, gh }) => {
    edit('image: registry:3.1.2', 'image: registry:3.1.0');
    const first = act({ comment: 'true' }, PULL_REQUEST);
    // The tree is stale: reported after the comment.
    assert.equal([first.code, first.outputs['change']], [1, 'rolls-pods']);
    assert.match(gh(), '--method POST repos/example/registry/issues/7/comments --field body=@');
    const comment = readFileSync(join(folder, 'comment'), 'utf8');
    assert.match(comment, /^<!-- registry-gitops: registry\.yaml -->\n/);
    assert.match(comment, 'registry:3.1.0');
    assert.match(first.summary, 'registry:3.1.0');
    act({ comment: 'true' }, PULL_REQUEST);
    assert.match(gh(), '--method PATCH repos/example/registry/issues/comments/42 --field body=@');
    assert.is(gh().split('--method POST').length - 1, 1);
  }),
);

test(
  "a fork's token may write nothing: the summary of the job has it, and nothing fails",
  withClone(({ folder, act, gh }) => {
    writeFileSync(join(folder, 'read-only'), '');
    const { code, log, summary } = act({ comment: 'true' }, PULL_REQUEST);
    assert.is(code, 0);
    assert.match(gh(), '--method POST');
    assert.match(log, '::notice title=registry-gitops::No comment could be written');
    assert.match(summary, 'nothing changes in the cluster');
  }),
);

test(
  'without a pull request nothing is written on one',
  withClone(({ act, gh }) => {
    assert.is(act({ comment: 'true' }, { 'github.event_name': 'push' }).code, 0);
    assert.is(gh(), '');
  }),
);

test(
  'a registry.yaml that is wrong gives no comment and no findings, and fails for what is wrong',
  withClone(({ folder, act, edit, gh }) => {
    edit('replicas: 2', 'replica: 2');
    const { code, log } = act({ comment: 'true', sarif: 'true' }, PULL_REQUEST);
    assert.is(code, 2);
    assert.match(log, /registry\.yaml:\d+:1: replica: unknown field/);
    assert.is(gh(), '');
    assert.not(existsSync(join(folder, 'comment')));
  }),
);

test(
  'a diff that is longer than a comment may be is cut, and is whole in the summary',
  withClone(({ folder, act, edit }) => {
    const names = Array.from(
      { length: 700 },
      (_, index) => `  gone-${index}:\n    extends: tls\n    namespace: gone-${index}\n`,
    ).join('');
    edit('overlays:\n', `overlays:\n${names}`);
    const { summary } = act({ comment: 'true' }, PULL_REQUEST);
    const comment = readFileSync(join(folder, 'comment'), 'utf8');
    assert.ok(summary.length > 65_536, `${summary.length}`);
    assert.ok(comment.length < 65_536);
    assert.match(comment, 'The rest is in the summary of the job.');
  }),
);

test(
  'findings are left for code scanning as SARIF, and where nothing was checked nothing is',
  withClone(({ folder, clone, act, edit }) => {
    const results = (): { ruleId: string }[] =>
      JSON.parse(readFileSync(join(folder, 'temp/registry-gitops.sarif'), 'utf8')).runs[0].results;
    assert.is(act({ sarif: 'true' }).code, 0);
    assert.equal(results(), []);
    const exception = '\nchecks:\n  ignore:\n    plain-http-login: A private network.\n';
    edit('\noverlays:', '\ningress:\n  class: nginx\n\noverlays:');
    edit('\nreplicas: 2', `${exception}\nreplicas: 2`);
    assert.is(run(clone, ['generate']).code, 0);
    edit(exception, '');
    const { code } = act({ sarif: 'true' });
    assert.equal([code, results().map(({ ruleId }) => ruleId)], [1, ['plain-http-login']]);
    edit('replicas: 2', 'replica: 2');
    assert.is(act({ sarif: 'true' }).code, 2);
  }),
);

test('the findings of each registry are a category of their own: code scanning takes one of each from a job', () => {
  const [upload] = action.runs.steps.filter(({ uses }) => uses?.startsWith('github/codeql-action/upload-sarif@'));
  assert.is(upload!.with!['category'], 'registry-gitops/${{ inputs.config }}');
});

test(
  'commit brings the tree up to date with registry.yaml, and pushes it; a second time there is nothing to do',
  withClone(({ folder, clone, act, edit }) => {
    const remote = (): string => git(join(folder, 'origin.git'), 'log', '--format=%an %s', 'main');
    edit('replicas: 2', 'replicas: 3');
    git(clone, 'commit', '-qam', 'Three replicas');
    git(clone, 'push', '-q');
    const { code, log } = act({ command: 'commit' });
    assert.is(code, 0, log);
    assert.is(git(clone, 'status', '--porcelain', '--', 'base', 'overlays'), '');
    assert.match(git(join(folder, 'origin.git'), 'show', 'main:base/deployment.yaml'), 'replicas: 3');
    assert.is(remote().split('\n').length, 4);
    const before = remote();
    const again = act({ command: 'commit' });
    assert.is(again.code, 0, again.log);
    assert.is(remote(), before, 'no loop');
  }),
);

test.run();
