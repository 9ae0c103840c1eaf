/** Bundles the program, as CommonJS: every Node starts that sooner than modules. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type BuildOptions, type OutputFile, transform } from 'esbuild';

/** Name in dist/ -> path of the module. */
type Entries = Record<string, string>;

/**
 * @param root the repository
 * @param programs what Node is started with: each is one file
 * @param main is loaded by such a program, in parts when they are needed
 * @param constants name of an environment variable -> its value in the program
 */
export async function bundle(
  root: string,
  programs: Entries,
  main: Entries,
  constants: Record<string, string>,
): Promise<void> {
  const options: BuildOptions = {
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    define: Object.fromEntries(
      Object.entries(constants).map(([name, value]) => [`process.env.${name}`, JSON.stringify(value)]),
    ),
    logLevel: 'warning',
  };
  mkdirSync(join(root, 'dist'), { recursive: true });
  // The repository's own says that its .js are modules.
  writeFileSync(join(root, 'dist/package.json'), '{"type":"commonjs"}\n');
  await build({ ...options, entryPoints: programs, format: 'cjs' });
  // For `npm run coverage`, which asks in what file each function was.
  const sourcemap = process.env['SOURCE_MAPS'] ? 'inline' : false;
  const parts = await build({ ...options, entryPoints: main, format: 'esm', splitting: true, write: false, sourcemap });
  await Promise.all(parts.outputFiles.map(writeAsCommonJs));
}

/** esbuild splits modules only. */
async function writeAsCommonJs({ path, text }: OutputFile): Promise<void> {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    minify: true,
    target: 'node20',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    sourcefile: basename(path),
    // With that of the modules, which esbuild takes from the text.
    sourcemap: process.env['SOURCE_MAPS'] ? 'inline' : false,
    logLevel: 'warning',
  });
  writeFileSync(path, code);
}
