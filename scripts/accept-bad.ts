/** Writes what each bad registry.yaml gives now beside it, to be read before it is committed: npm run accept-bad. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../generator/config/index.js';

const folder = join(import.meta.dirname, '../tests/config/bad');
for (const name of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
  try {
    readConfig(readFileSync(join(folder, name)), 'registry.yaml');
    console.log(`${name} is not bad`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    writeFileSync(join(folder, name.replace('.yaml', '.expected')), `${error.message}\n`);
  }
}
