import { suite } from 'uvu';

const test = suite('passes');
test('one', () => {});
test('another', () => console.log('printed by a test'));
test.skip('a third', () => {});
test.run();
