/** The forms of issues are as GitHub takes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';

const test = suite('templates of issues');
const FOLDER = '.github/ISSUE_TEMPLATE';
const TYPES = new Set(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes']);
/** What only some types know. */
const RENDERED = 'textarea';

type Form = { name: string; description: string; body: Field[] };
type Field = {
  type: string;
  id?: string;
  attributes: { label?: string; value?: string; render?: string };
  validations?: { required: boolean };
};

const forms = readdirSync(FOLDER)
  .filter((name) => name !== 'config.yml')
  .map((name) => [name, parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as Form] as const);

/** @see https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms */
test('each form has a name, a description and fields that GitHub knows, each with a label and an id of its own', () => {
  assert.ok(forms.length > 1);
  for (const [file, { name, description, body }] of forms) {
    assert.ok(name.length > 3 && description.length > 3, file);
    const fields = body.filter(({ type }) => type !== 'markdown');
    assert.ok(fields.length > 0, file);
    for (const { type, id, attributes, validations } of fields) {
      assert.ok(TYPES.has(type), `${file}: ${type}`);
      assert.match(id!, /^[\w-]+$/, file);
      assert.ok(attributes.label, `${file}: ${id}`);
      if (attributes.render) assert.is(type, RENDERED, `${file}: ${id}`);
      if (validations) assert.type(validations.required, 'boolean');
    }
    assert.is(new Set(fields.map(({ id }) => id)).size, fields.length, file);
    assert.ok(
      fields.some(({ validations }) => validations?.required),
      file,
    );
  }
});

test('a hole in security is not asked for as an issue', () => {
  const { blank_issues_enabled: blank } = parse(readFileSync(`${FOLDER}/config.yml`, 'utf8')) as {
    blank_issues_enabled: boolean;
  };
  assert.is(blank, false);
  const [, bug] = forms.find(([file]) => file === 'bug.yaml')!;
  assert.match(bug.body[0]!.attributes.value!, 'SECURITY.md');
});

test.run();
