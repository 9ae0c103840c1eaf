/** Writes what each bad registry.yaml gives now beside it, to be read before it is committed: npm run accept-bad. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBeside } from '../generator/cli/shared/input.js';
import { ConfigError } from '../generator/config/index.js';
import { makePlan } from '../generator/plan/index.js';

const folder = join(import.meta.dirname, '../tests/config/bad');
for (const name of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
  try {
    await makePlan(readFileSync(join(folder, name)), 'registry.yaml', { readBeside: readBeside(join(folder, name)) });
    console.log(`${name} is not bad`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    writeFileSync(join(folder, name.replace('.yaml', '.expected')), `${error.message}\n`);
  }
}
