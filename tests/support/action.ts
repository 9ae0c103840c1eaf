/** Runs the steps of the composite action as a runner does: each script by bash, with what its `env` says. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export interface ActionStep {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  shell?: string;
  if?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}

interface Action {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: ActionStep[] };
}

const ACTION_FOLDER = '.github/actions/registry-gitops';
export const action = parse(readFileSync(join(ACTION_FOLDER, 'action.yml'), 'utf8')) as Action;

/** What a run of the action left behind. */
export interface Ran {
  code: number;
  /** What all steps printed. */
  log: string;
  summary: string;
  outputs: Record<string, string>;
}

export interface RunOptions {
  /** Clone that the job works in. */
  workspace: string;
  /** A folder for RUNNER_TEMP and the like. */
  temp: string;
  inputs?: Record<string, string>;
  /** Contexts by their names: github.base_ref, github.event_name. */
  github?: Record<string, string>;
  env?: NodeJS.ProcessEnv;
}

/** Runs the steps that are scripts, and leaves out those of other actions. */
export function runAction({ workspace, temp, inputs = {}, github = {}, env = {} }: RunOptions): Ran {
  mkdirSync(temp, { recursive: true });
  const files = { output: join(temp, 'output'), summary: join(temp, 'summary') };
  writeFileSync(files.summary, '');
  const steps: Record<string, Record<string, string>> = {};
  const value = (name: string): string => {
    const [context, key, , output] = name.split('.');
    if (context === 'inputs') return inputs[key!] ?? action.inputs[key!]!.default;
    if (context === 'steps') return steps[key!]?.[output!] ?? '';
    return github[name] ?? (name === 'github.action_path' ? resolve(ACTION_FOLDER) : '');
  };
  const filled = (text: string): string => text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => value(name));
  // As far as the action's conditions go: comparisons with a text, joined by &&.
  const holds = (condition: string): boolean =>
    condition.split(' && ').every((part) => {
      const [, name, operator, text] = /^([\w.]+) (==|!=) '?([^']*)'?$/.exec(part)!;
      return (value(name!) === text) === (operator === '==');
    });
  let log = '';
  for (const step of action.runs.steps) {
    if (step.run === undefined || (step.if !== undefined && !holds(step.if))) continue;
    writeFileSync(files.output, '');
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)]));
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: workspace,
      encoding: 'utf8',
      env: {
        ...process.env,
        RUNNER_TEMP: temp,
        GITHUB_OUTPUT: files.output,
        GITHUB_STEP_SUMMARY: files.summary,
        GITHUB_REPOSITORY: 'example/registry',
        ...env,
        ...own,
      },
    });
    log += stdout + stderr;
    if (step.id)
      steps[step.id] = Object.fromEntries(
        readFileSync(files.output, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
    if (status !== 0)
      return { code: status ?? 1, log, summary: readFileSync(files.summary, 'utf8'), outputs: outputs(filled) };
  }
  return { code: 0, log, summary: readFileSync(files.summary, 'utf8'), outputs: outputs(filled) };
}

function outputs(filled: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value)]));
}
