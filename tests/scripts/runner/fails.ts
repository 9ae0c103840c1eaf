import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('fails');
test('good', () => {});
test('bad', () => assert.is(1, 2));
test.run();
