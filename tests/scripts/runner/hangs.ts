import { suite } from 'uvu';

const test = suite('hangs');
test('waits for nothing', () => new Promise(() => {}));
test.run();
