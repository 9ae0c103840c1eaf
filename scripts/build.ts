/** Builds what npm starts: precompiles the validators, translates the collector's programs, and bundles the command line. Runs when the package is installed. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './build/bundle.js';
import { generateOptions, helpTexts } from './build/help.js';
import { compileCollector } from './build/collector.js';
import { compileConfigSchema, compileFiles, compileKinds, compileObjectMeta } from './build/validators.js';

const root = join(import.meta.dirname, '..');
const generated = join(root, 'generator/generated');

rmSync(join(root, 'dist'), { recursive: true, force: true });
rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
const modules = {
  'config-validator.js': compileConfigSchema(),
  'object-meta.js': compileObjectMeta(),
  ...compileKinds(),
  ...compileFiles(),
};
for (const [name, code] of Object.entries(modules)) writeFileSync(join(generated, name), code);
const validate = "import type { ValidateFunction } from 'ajv';\n";
writeFileSync(
  join(generated, 'config-validator.d.ts'),
  `${validate}declare const validate: ValidateFunction;\nexport default validate;\n`,
);
writeFileSync(
  join(generated, 'kinds.d.ts'),
  `${validate}import type { KindEntry } from '../../scripts/build/validators.js';
import type { Schema } from '../checks/schema/json-schema/subschemas.js';
/** Minors of Kubernetes 1 that the validators know, oldest first. */
export declare const minors: number[];
/** By apiVersion/Kind. */
export declare const kinds: Record<string, KindEntry>;
interface Group {
  /** By apiVersion/Kind. */
  validators: Record<string, ValidateFunction>;
  /** Structural schemas of the kinds that have CEL rules. */
  cel: { kinds: Record<string, Schema>; definitions: Record<string, Schema> };
}
/** Loads the validators of a group. */
export declare const groups: Record<string, () => Promise<Group>>;
`,
);

for (const name of ['registry', 'kustomization']) {
  writeFileSync(
    join(generated, `file-${name}.d.ts`),
    `${validate}/** By version, or kind of file. */\nexport declare const validators: Record<string, ValidateFunction>;\n`,
  );
}
// Once as files, for the tests to run, and once as text, for the tree.
const programs = compileCollector();
mkdirSync(join(generated, 'collector'));
for (const [name, code] of Object.entries(programs)) writeFileSync(join(generated, 'collector', name), code);
writeFileSync(join(generated, 'collector.js'), `export const programs = ${JSON.stringify(programs)};\n`);
writeFileSync(
  join(generated, 'collector.d.ts'),
  '/** File name -> text. */\nexport declare const programs: Record<string, string>;\n',
);
writeFileSync(
  join(generated, 'object-meta.d.ts'),
  '/** Definitions by name. */\nexport declare const objectMeta: Record<string, { [keyword: string]: unknown }>;\n',
);

/** @returns a hash of all that the program is made of: what another program remembers of a tree does not hold for it. */
function identity(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of ['generator', 'schemas']) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort())
      hash.update(path.slice(root.length)).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 32);
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
await bundle(
  root,
  { 'registry-gitops': 'generator/start/entry.ts', 'commit-tree': 'generator/tree/commit-tree.ts' },
  { main: 'generator/cli/main.ts' },
  {
    REGISTRY_GITOPS_VERSION: version,
    REGISTRY_GITOPS_BUILD: identity(),
    REGISTRY_GITOPS_GENERATE_OPTIONS: generateOptions(),
  },
);
writeFileSync(join(root, 'dist/help.json'), JSON.stringify(helpTexts(version)));
// What `init` writes is read when it is asked for. The action is the one that this repository has.
cpSync(join(root, 'generator/init'), join(root, 'dist/init'), { recursive: true });
cpSync(join(root, '.github/actions/registry-gitops/action.yml'), join(root, 'dist/init/action.yml'));
