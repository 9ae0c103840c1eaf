import { spawn, spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The bundled command line, as npm starts it. */
export const PROGRAM = join(import.meta.dirname, '../../dist/registry-gitops.js');

export interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** Starts registry-gitops in a folder, as npm does. */
export function start(cwd: string, args: string[], input = '', environment: NodeJS.ProcessEnv = {}): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    input,
    env: environmentOf(environment),
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/**
 * Runs registry-gitops in a folder, in a process that has it loaded already: what starting it does is for `start`.
 *
 * @param input for standard input, for which a process of its own is started
 */
export function run(cwd: string, args: string[], input = '', environment: NodeJS.ProcessEnv = {}): Result {
  if (input !== '') return start(cwd, args, input, environment);
  program ??= new WarmProgram();
  return program.run({ cwd: resolve(cwd), args, env: environmentOf(environment) });
}

/** The test runner sets FORCE_COLOR, of which node itself warns where NO_COLOR is set too. */
function environmentOf(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...inherited } = process.env;
  return { ...inherited, ...environment };
}

let program: WarmProgram | undefined;

/** The process is asked through named pipes, as a test waits for each run; its output goes to files. */
class WarmProgram {
  readonly #requests: number;
  readonly #answers: number;
  readonly #outputs: { path: string; descriptor: number }[];

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-warm-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const pipes = ['requests', 'answers'].map((name) => join(folder, name));
    spawnSync('mkfifo', pipes);
    this.#outputs = ['out', 'err'].map((name) => {
      const path = join(folder, name);
      return { path, descriptor: openSync(path, 'a+') };
    });
    const [out, err] = this.#outputs.map(({ descriptor }) => descriptor);
    spawn(process.execPath, [join(import.meta.dirname, 'warm-program.js'), ...pipes], {
      stdio: ['ignore', out!, err!],
    }).unref();
    // Each waits until the other side has opened it too.
    [this.#requests, this.#answers] = [openSync(pipes[0]!, 'w'), openSync(pipes[1]!, 'r')];
  }

  /** @throws Error where the process is gone, or the run takes too long */
  run(request: { cwd: string; args: string[]; env: NodeJS.ProcessEnv }): Result {
    for (const { descriptor } of this.#outputs) ftruncateSync(descriptor);
    writeSync(this.#requests, `${JSON.stringify(request)}\n`);
    const answer = Buffer.alloc(16);
    const length = readSync(this.#answers, answer);
    const [out, err] = this.#outputs.map(({ path }) => readFileSync(path, 'utf8'));
    if (length > 0) return { code: Number(answer.toString('utf8', 0, length)), out: out!, err: err! };
    program = undefined;
    for (const descriptor of [this.#requests, this.#answers]) closeSync(descriptor);
    throw new Error(`registry-gitops ${request.args.join(' ')}: the process ended\n${err}`);
  }
}
