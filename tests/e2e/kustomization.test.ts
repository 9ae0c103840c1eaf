/** What the real kustomize refuses of a kustomization.yaml is refused here, and what it takes is not called an error. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { readUnits } from '../../generator/manifests/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { fieldMutants } from '../support/objects/field-mutants.js';
import { kustomizationFiles, wholeKustomization } from '../support/kustomization.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { findKustomizes, testWith } from '../support/tools.js';

const test = suite('kustomization.yaml is judged as kustomize judges it');
const execute = promisify(execFile);
/** What kustomize passes over without a word: namespaces and behaviours that there are not, entries that say what to do, and not to what. */
const IGNORED =
  /^(namespace|configMapGenerator\.0\.behavior|buildMetadata.*|labels(\.0(\.pairs)?)?|images(\.0(\.name)?)?|replicas\.0\.count)$/;
/** How many are built at once. */
const PARALLEL = 4;

const [kustomize] = findKustomizes();
testWith(test, 'kustomize or kubectl', kustomize !== undefined, 'in every field', () =>
  withFolder(async (folder) => {
    const [program, ...args] = kustomize!.command;
    const judge = async (
      value: unknown,
      name: string,
    ): Promise<{ builds: boolean; says: string; reported: string[] }> => {
      const place = join(folder, name);
      writeFiles(place, kustomizationFiles);
      writeFileSync(join(place, 'kustomization.yaml'), stringify(value));
      let says = '';
      try {
        await execute(program, [...args, place]);
      } catch (error) {
        says = (error as Error & { stderr: string }).stderr.trim().split('\n')[0]!;
      }
      // Without a build: what kustomize itself says is reported anyway.
      const [unit] = await readUnits({
        paths: [place],
        readStandardInput: () => Promise.reject(new Error('not read')),
        kustomize: () => assert.unreachable('not built') as never,
        known: () => [],
      });
      return {
        builds: says === '',
        says,
        reported: unit!.problems.map(({ rule, path, message }) => `${rule} ${path}: ${message}`),
      };
    };
    mkdirSync(folder, { recursive: true });
    const whole = parse(wholeKustomization) as KubernetesObject;
    const { builds, says, reported } = await judge(whole, 'whole');
    assert.equal([builds, says, reported], [true, '', []]);

    // Names of files and of objects are kustomize's to look up.
    const mutants = fieldMutants(whole).filter(
      ({ path, change }) =>
        !change.startsWith('"') || /(behavior|order|namespace|apiVersion|kind)$/.test(path.join('.')),
    );
    let next = 0;
    const wrong: string[] = [];
    const missed: string[] = [];
    let refused = 0;
    const ask = async (): Promise<void> => {
      for (let index = next++; index < mutants.length; index = next++) {
        const { object, path, change } = mutants[index]!;
        const answer = await judge(object, String(index));
        // A patch that is for nothing is what kustomize does not say.
        const errors = answer.reported.filter((line) => !line.startsWith('patch-target'));
        if (!answer.builds) refused++;
        if (answer.builds && errors.length > 0 && !IGNORED.test(path.join('.')))
          wrong.push(`${path.join('.')} ${change}: ${errors[0]}`);
        if (!answer.builds && answer.reported.length === 0) missed.push(`${path.join('.')} ${change}: ${answer.says}`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, ask));
    console.log(
      `${kustomize!.label}: ${mutants.length} asked, ${refused} refused by kustomize, ${refused - missed.length} of them before it is asked; ${wrong.length} errors that it knows nothing of`,
    );
    for (const line of wrong) console.log(`  wrong: ${line}`);
    if (process.env['VERBOSE']) for (const line of missed) console.log(`  only kustomize: ${line}`);
    assert.equal(wrong, []);
  }),
);

test.run();
