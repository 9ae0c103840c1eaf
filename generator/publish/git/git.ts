/** git as a program: one command at a time, its words kept for the user where it fails. */
import { spawn } from 'node:child_process';
import { endIfInterrupted, endWithRun } from './interruption.js';

/** What stopped a commit, in the user's terms. The repository is as it was, unless the message says otherwise. */
export class PublishError extends Error {
  override name = 'PublishError';
  readonly kind: FaultKind;

  constructor(message: string, kind: FaultKind = 'repository') {
    super(message);
    this.kind = kind;
  }
}

/** Milliseconds within which a signal to the process group has reached this process as well. */
const SIGNAL_DELAY = 50;

/** refused: by a hook, a check, or what others did meanwhile. usage: the command line is wrong here. repository: git or its files. */
export type FaultKind = 'refused' | 'usage' | 'repository';

export interface GitOptions {
  /** For its standard input. */
  input?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  /** In a process group of its own: a kill of this program's group cannot stop it half-way, and leave a lock behind. */
  detached?: boolean;
  /** Milliseconds, after which it is ended. */
  timeout?: number;
  /** Lets the user see what it prints, on standard error: what hooks have to say. */
  shown?: boolean;
  /** Runs the user's own programs too: what is set for git's answers here would change what those do. */
  forOthers?: boolean;
  /** The command refuses to be told how to read paths. */
  takesNoPathspecs?: boolean;
}

export interface GitResult {
  /** Exit code; -1 where it was ended for taking too long. */
  code: number;
  out: Buffer;
  err: string;
}

/** A folder of the checkout that looks like a bare repository is none: what is in it came with the checkout. */
export const OWN_SETTINGS = ['-c', 'safe.bareRepository=explicit'];

/**
 * Of a hook or an alias that runs this program: they would lead git to another repository than that of registry.yaml, or to
 * other contents. All that `git rev-parse --local-env-vars` lists, but for settings, which are the user's own.
 */
const OTHERS = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

/** They say how paths are read, and are at odds with one another. */
const PATHSPECS = ['GIT_LITERAL_PATHSPECS', 'GIT_GLOB_PATHSPECS', 'GIT_NOGLOB_PATHSPECS', 'GIT_ICASE_PATHSPECS'];

/** @returns the environment of git, in which no question is asked where nobody is there to answer. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of [...OTHERS, ...PATHSPECS]) delete env[name];
  if (!process.stdin.isTTY) env['GIT_TERMINAL_PROMPT'] ??= '0';
  return env;
}

/** Which repository, which settings: the same for each command. */
interface Setup {
  env: NodeJS.ProcessEnv;
  /** Arguments of git before the command's name. */
  settings: readonly string[];
}

/** What git says is read here, so it is to be said in one language. */
const ONE_LANGUAGE = { LC_ALL: 'C', LANGUAGE: 'C' };

/** Runs git in one folder. */
export class Git {
  readonly folder: string;
  readonly #setup: Setup;

  constructor(folder: string, setup: Setup = { env: gitEnvironment(), settings: OWN_SETTINGS }) {
    this.folder = folder;
    this.#setup = setup;
  }

  /** @returns git with further variables, such as another index file, and further settings. */
  with(env: NodeJS.ProcessEnv, settings: readonly string[] = []): Git {
    return new Git(this.folder, {
      env: { ...this.#setup.env, ...env },
      settings: [...this.#setup.settings, ...settings],
    });
  }

  /** Runs git, or another program in its folder and environment. @throws PublishError where there is no such program, Interrupted where the run is to end */
  try(args: readonly string[], options: GitOptions = {}, program = 'git'): Promise<GitResult> {
    const { input, env, detached = false, timeout, shown = false, forOthers = false } = options;
    const all = forOthers ? args : [...this.#settingsFor(options), ...args];
    return new Promise((resolve, reject) => {
      endIfInterrupted();
      const child = spawn(program, all, {
        cwd: this.folder,
        env: { ...(forOthers ? withoutRepository(this.#setup.env) : { ...this.#setup.env, ...ONE_LANGUAGE }), ...env },
        detached,
        stdio: ['pipe', shown ? 2 : 'pipe', shown ? 2 : 'pipe'],
      });
      if (!detached) endWithRun(child);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let late = false;
      const timer =
        timeout === undefined
          ? undefined
          : setTimeout(() => {
              late = true;
              child.kill('SIGTERM');
              // What it started may hold its output open; nobody waits for that.
              for (const stream of [child.stdout, child.stderr]) stream?.destroy();
            }, timeout);
      child.stdout?.on('data', (data: Buffer) => out.push(data));
      child.stderr?.on('data', (data: Buffer) => err.push(data));
      child.stdin?.on('error', () => {}); // it did not want to hear: told by the exit code
      child.stdin?.end(input);
      child.on('error', (error) => reject(cannotRun(program, error)));
      const rejectIfInterrupted = (): void => {
        try {
          if (!detached) endIfInterrupted();
        } catch (error) {
          clearTimeout(timer);
          reject(error);
        }
      };
      // What it said is of no interest then, nor is what it started, and what may hold its output open.
      child.on('exit', rejectIfInterrupted);
      child.on('close', (code, signal) => {
        const end = (): void => {
          clearTimeout(timer);
          resolve({
            code: late ? -1 : (code ?? 128),
            out: Buffer.concat(out),
            err: Buffer.concat(err).toString('utf8'),
          });
        };
        if (signal !== 'SIGINT') return end();
        // Ctrl-C comes to both, and the end of the one may be heard of before the signal to the other.
        setTimeout(() => {
          rejectIfInterrupted();
          end();
        }, SIGNAL_DELAY);
      });
    });
  }

  #settingsFor({ takesNoPathspecs }: GitOptions): readonly string[] {
    // Paths are what they are called, and no patterns.
    return takesNoPathspecs ? this.#setup.settings : [...this.#setup.settings, '--literal-pathspecs'];
  }

  /** @returns what git prints, without the last end of line. @throws PublishError with git's own words where it fails */
  async run(args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.#output(args, options)).toString('utf8').replace(/\n$/, '');
  }

  async #output(args: readonly string[], options: GitOptions): Promise<Buffer> {
    const { code, out, err } = await this.try(args, options);
    if (code !== 0)
      throw new PublishError(
        `git ${args.find((argument) => /^[a-z][a-z-]+$/.test(argument)) ?? ''} failed: ${wordsOf(err) || `exit code ${code}`}`,
      );
    return out;
  }

  /** @returns the parts of what git prints with -z. Paths are bytes to git, of any encoding or none: here each byte is one character. @throws PublishError as `run` does */
  async list(args: readonly string[], options: GitOptions = {}): Promise<string[]> {
    return (await this.#output(args, options)).toString('latin1').split('\0').filter(Boolean);
  }

  /** @returns what git prints; undefined where it fails, which is an answer too. */
  async ask(args: readonly string[], options: GitOptions = {}): Promise<string | undefined> {
    const { code, out } = await this.try(args, options);
    return code === 0 ? out.toString('utf8').replace(/\n$/, '') : undefined;
  }
}

/** @returns the error for a program that could not be started. */
export function cannotRun(program: string, { code, message }: NodeJS.ErrnoException): PublishError {
  return new PublishError(
    code === 'ENOENT' ? `${program} is not on the PATH; install it` : `${program} cannot be run: ${message}`,
  );
}

/** The user's programs find the repository by the folder that they run in, as they do where the user runs git. */
function withoutRepository({ GIT_DIR: _, GIT_WORK_TREE: __, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** @returns git's complaint without the labels, one line where it is one. */
export function wordsOf(err: string): string {
  return withoutLogins(err.trim().replace(/^(fatal|error): /gm, ''));
}

/** @returns a text in which no URL says what it logs in with. */
export function withoutLogins(text: string): string {
  return text.replace(/(:\/\/)[^\s/]*@/g, '$1');
}

/** @returns a path as people read it. @param path its bytes, as characters */
export function readable(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** Whether a path, its bytes as characters, can be named on a command line, which is text. */
export function isText(path: string): boolean {
  return Buffer.from(readable(path), 'utf8').toString('latin1') === path;
}
