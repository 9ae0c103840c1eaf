/** Connections from this machine into a cluster, whose network is not the machine's: by way of a socket in a folder that both see. */
import { createServer, connect, type Server } from 'node:net';
import { once } from 'node:events';

/** Listens at a path, and passes each connection on to an address: `node -e FORWARDER PATH HOST PORT`. */
export const FORWARDER = `
const { connect, createServer } = require('node:net');
const [path, host, port] = process.argv.slice(1);
require('node:fs').rmSync(path, { force: true });
createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ host, port: Number(port), allowHalfOpen: true });
  for (const socket of [near, far]) socket.on('error', () => { near.destroy(); far.destroy(); });
  near.pipe(far).pipe(near);
}).listen(path);
`;

/** @returns what listens on a port of the loopback interface, and passes each connection on to a forwarder's path */
export async function listenFor(path: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path, allowHalfOpen: true });
    for (const socket of [near, far])
      socket.on('error', () => {
        near.destroy();
        far.destroy();
      });
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
