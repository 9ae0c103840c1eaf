import { suite } from 'uvu';

const test = suite('exits');
test('takes its process with it', () => process.exit(0));
test.run();
