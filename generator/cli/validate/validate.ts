import { ConfigError, type Problem } from '../../config/index.js';
import { findKustomize, type LoadedUnit, ManifestError, readUnits } from '../../manifests/index.js';
import type { KubernetesObject } from '../../model/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { type ReportedFinding } from '../shared/findings.js';
import { registriesOf } from '../shared/registries.js';
import {
  asGithub,
  asJson,
  asSarif,
  asText,
  folded,
  type Format,
  formatOf,
  hasErrors,
  sorted,
  summaryLine,
  type Summary,
} from '../shared/formats.js';

import { Context } from './context.js';
import type { ValidateOptions } from './options.js';

/** `validate [PATH...]`: checks any manifests, or where no path is given the tree that is here. @returns the exit code */
export async function validate(paths: string[], options: ValidateOptions): Promise<number> {
  const format = formatOf(options.format);
  const contexts = await contextsOf(paths, options);
  if (contexts.length > 1 && options.previous !== undefined)
    throw new CliError('--previous is about one registry; name it by --config');
  const previous =
    options.previous === undefined
      ? []
      : previousObjects(options.previous, await read([options.previous], contexts[0]!));
  const units: LoadedUnit[] = [];
  const reported: ReportedFinding[] = [];
  for (const context of contexts) {
    for (const unit of await read(paths.length > 0 ? paths : context.ownFolders(), context)) {
      units.push(unit);
      reported.push(...(await context.check(unit, previous)));
    }
  }
  const findings = sorted(folded(reported));
  const summary: Summary = {
    units: units.length,
    objects: units.reduce((sum, { objects }) => sum + objects.length, 0),
    skipped: units.reduce((sum, { skipped }) => sum + skipped.length, 0),
  };
  print(findings, summary, format);
  return hasErrors(findings) ? EXIT.found : EXIT.ok;
}

/** @returns one for each registry: of a fleet all, where no path says which. @throws ConfigError with what is wrong with any of them */
async function contextsOf(paths: readonly string[], options: ValidateOptions): Promise<Context[]> {
  const { places, isFleet } =
    paths.length > 0
      ? { places: [], isFleet: false }
      : await registriesOf(options.config === undefined ? {} : { config: options.config });
  if (!isFleet) return [await Context.make(options)];
  const contexts: Context[] = [];
  const problems: Problem[] = [];
  for (const { file } of places) {
    try {
      contexts.push(await Context.make({ ...options, config: file }));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return contexts;
}

/** What was there before has to be readable: or a change that cannot be made would pass for none. */
function previousObjects(path: string, units: LoadedUnit[]): KubernetesObject[] {
  const [problem] = units.flatMap(({ objects, problems }) =>
    problems.filter(({ rule }) => rule === 'invalid-yaml' || objects.length === 0),
  );
  if (problem)
    throw new CliError(
      `--previous ${path}: ${problem.place.file}:${problem.place.line}:${problem.place.column}: ${problem.message}`,
      EXIT.files,
    );
  return units.flatMap(({ objects }) => objects);
}

function print(findings: ReportedFinding[], summary: Summary, format: Format): void {
  switch (format) {
    case 'json':
      process.stdout.write(asJson(findings, summary));
      break;
    case 'sarif':
      process.stdout.write(asSarif(findings, process.env['REGISTRY_GITOPS_VERSION'] ?? 'unbuilt'));
      break;
    case 'github':
      process.stdout.write(asGithub(findings));
      break;
    case 'text':
      process.stdout.write(asText(findings));
      console.log(summaryLine(findings, summary));
  }
}

async function read(paths: readonly string[], context: Context): Promise<LoadedUnit[]> {
  try {
    return await readUnits({
      paths,
      readStandardInput,
      kustomize: () => {
        const found = findKustomize();
        if (!found)
          throw new ManifestError(
            'an overlay that registry-gitops did not write has to be built: install kubectl or kustomize, or pipe what it builds to `registry-gitops validate -`',
          );
        return found;
      },
      known: (folder) => context.knownObjects(folder),
    });
  } catch (error) {
    if (error instanceof ManifestError) throw new CliError(error.message, EXIT.files);
    throw error;
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
