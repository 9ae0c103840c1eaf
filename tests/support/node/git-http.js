/**
 * Serves the repositories of a folder by HTTP, for fetches and pushes of whoever asks: git's own http-backend answers, and this is the
 * web server that runs it.
 *
 * Its arguments are the folder, and the address and the port to listen on. Plain JavaScript, as it is run by Node alone, in a process
 * or in a worker.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const HEADERS_END = '\r\n\r\n';

const [folder, host, port] = process.argv.slice(2);
createServer((request, response) => void answer(request, response)).listen(Number(port), host);

/** Runs http-backend for a request. @see https://git-scm.com/docs/git-http-backend */
async function answer(request, response) {
  const backend = spawn('git', ['http-backend'], { env: environmentOf(request), stdio: ['pipe', 'pipe', 'inherit'] });
  // It reads no further than it has to.
  backend.stdin.on('error', () => {});
  request.pipe(backend.stdin);
  const output = Buffer.concat(await backend.stdout.toArray());
  const end = output.indexOf(HEADERS_END);
  for (const line of output.toString('latin1', 0, end).split('\r\n')) {
    const [name, value] = line.split(/: (.*)/s);
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + HEADERS_END.length));
}

/** @returns what the Common Gateway Interface tells a program of a request, as far as git asks for it */
function environmentOf({ method, url, headers }) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const environment = {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_HTTP_EXPORT_ALL: 'yes',
    GIT_PROJECT_ROOT: folder,
    GIT_PROTOCOL: headers['git-protocol'],
    CONTENT_LENGTH: headers['content-length'],
    CONTENT_TYPE: headers['content-type'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: searchParams.toString(),
    REQUEST_METHOD: method,
    // It takes pushes of those who are logged in.
    REMOTE_USER: 'engineer',
  };
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
}
