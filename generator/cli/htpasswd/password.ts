/** The password of a login: typed in, or read from standard input. */
import { CliError, EXIT } from '../shared/exit.js';

/** Bytes. bcrypt ignores, and Go's refuses, what comes after. */
const MAX_PASSWORD = 72;

/** @returns a password that bcrypt takes. @throws CliError where none was given, or one that cannot be used */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await prompt() : await readStandardInput();
  check(password);
  return password;
}

async function prompt(): Promise<string> {
  const { read } = await import('read');
  // Ctrl-D ends the program's input, and with it the program, in the middle of a question.
  const unanswered = (): void => {
    process.exitCode = EXIT.usage;
    process.stderr.write('\nregistry-gitops: no password was given\n');
  };
  process.once('exit', unanswered);
  const ask = (question: string): Promise<string> => read({ prompt: question, silent: true, output: process.stderr });
  try {
    const password = await ask('Password: ');
    process.stderr.write('\n');
    const again = await ask('Again: ');
    process.stderr.write('\n');
    if (password !== again) throw new CliError('the two passwords differ');
    return password;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('no password was given');
  } finally {
    process.off('exit', unanswered);
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > 4096) break;
  }
  const bytes = Buffer.concat(chunks);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw new CliError('the password is not text in UTF-8');
  }
}

function check(password: string): void {
  if (password === '') throw new CliError('the password is empty; type one, or pass it on standard input');
  if (/\p{Cc}/u.test(password)) throw new CliError('the password has a line break or another control character');
  const bytes = Buffer.byteLength(password);
  if (bytes > MAX_PASSWORD)
    throw new CliError(`the password is ${bytes} bytes long; bcrypt takes at most ${MAX_PASSWORD}`);
}
