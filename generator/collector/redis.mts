/** Empties the registry's cache, and makes sure that it is empty in every Redis. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that Redis has for an answer, and that replicas have to follow their primary. */
const ANSWER_TIMEOUT = 10_000;
const REPLICATION_TIMEOUT = 30_000;

/** HOST:PORT, with the brackets of an IPv6 address or without. */
export const ADDRESS = /^\[?(.+?)\]?:(\d+)$/;

type Reply = string | number | null | Reply[];

/**
 * @param addresses HOST:PORT of every Redis, the replicas too: one that was away must not come back with old keys
 * @param password empty for none
 * @throws where one cannot be reached, or is not empty afterwards
 */
export async function flushRedis(addresses: readonly string[], password: string): Promise<void> {
  const connections: Connection[] = [];
  try {
    for (const address of addresses) connections.push(await Connection.open(address, password));
    const primaries: Connection[] = [];
    for (const connection of connections) if ((await role(connection)) === 'master') primaries.push(connection);
    if (primaries.length === 0) throw new Error(`none of ${addresses.join(', ')} is a primary`);
    for (const primary of primaries) await primary.ask('FLUSHALL', 'SYNC');
    const end = performance.now() + REPLICATION_TIMEOUT;
    for (const connection of connections) {
      while ((await connection.ask('DBSIZE')) !== 0) {
        if (performance.now() > end)
          throw new Error(`${connection.address} is not empty ${REPLICATION_TIMEOUT / 1000} s after the flush`);
        await sleep(100);
      }
    }
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function role(connection: Connection): Promise<Reply> {
  const reply = await connection.ask('ROLE');
  return Array.isArray(reply) ? reply[0]! : reply;
}

/** One connection that asks one thing at a time. @see https://redis.io/docs/latest/develop/reference/protocol-spec/ */
class Connection {
  readonly address: string;
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #wake: () => void = () => {};
  #failure: Error | undefined;

  private constructor(address: string, socket: Socket) {
    this.address = address;
    this.#socket = socket;
    const fail = (error?: Error): void => {
      this.#failure ??= new Error(`Redis at ${address}: ${error?.message ?? 'the connection was closed'}`);
      this.#wake();
    };
    socket.on('timeout', () => fail(new Error(`no answer within ${ANSWER_TIMEOUT / 1000} s`)));
    socket.on('error', fail).on('close', () => fail());
    socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
  }

  static async open(address: string, password: string): Promise<Connection> {
    const [, host, port] = ADDRESS.exec(address) ?? [];
    const connection = new Connection(address, connect(Number(port), host));
    try {
      if (password) await connection.ask('AUTH', password);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async ask(...words: string[]): Promise<Reply> {
    this.#socket.setTimeout(ANSWER_TIMEOUT);
    this.#socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    );
    const reply = await this.#reply();
    this.#socket.setTimeout(0);
    return reply;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #reply(): Promise<Reply> {
    const line = (await this.#take((received) => received.indexOf('\r\n'))).toString();
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
        return rest;
      case ':':
        return Number(rest);
      case '$':
        return rest === '-1'
          ? null
          : (await this.#take((received) => (received.length >= Number(rest) + 2 ? Number(rest) : -1))).toString();
      case '*': {
        const items: Reply[] = [];
        for (let left = Number(rest); left > 0; left--) items.push(await this.#reply());
        return items;
      }
      default:
        throw new Error(`Redis at ${this.address}: ${rest}`);
    }
  }

  /** @returns what was received up to an end, without the line break there. */
  async #take(endOf: (received: Buffer) => number): Promise<Buffer> {
    for (;;) {
      const end = endOf(this.#received);
      if (end >= 0) {
        const taken = this.#received.subarray(0, end);
        this.#received = this.#received.subarray(end + 2);
        return taken;
      }
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
