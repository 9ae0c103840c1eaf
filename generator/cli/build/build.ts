import { readConfig } from '../../config/index.js';
import { toYaml } from '../../kustomize/index.js';
import { buildVariant, variantNames } from '../../plan/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { type Location, noSuchOverlay, readBeside, readInput } from '../shared/input.js';
import { theOne } from '../shared/registries.js';

export interface BuildOptions extends Pick<Location, 'config'> {
  format?: string;
}

/** `build OVERLAY`: prints the objects that kustomize would build from one overlay. @returns the exit code */
export async function build(overlay: string, options: BuildOptions): Promise<number> {
  const { format = 'yaml' } = options;
  if (format !== 'yaml' && format !== 'json') throw new CliError(`--format ${format}: expected yaml or json`);
  const { file } = await theOne(options, 'build');
  const config = readConfig(readInput(file), file, readBeside(file));
  const name = overlay.replace(/^overlays\//, '').replace(/\/$/, '');
  const known = variantNames(config);
  if (!known.includes(name)) throw noSuchOverlay(name, known, file);
  const objects = buildVariant(config, name, file);
  if (format === 'json') console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2));
  else process.stdout.write(objects.map((object) => toYaml(object)).join('---\n'));
  return EXIT.ok;
}
