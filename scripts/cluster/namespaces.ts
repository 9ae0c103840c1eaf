/**
 * Where a node lives: namespaces for processes, mounts and the network, and control groups of its own. With the first process of
 * a process namespace the kernel ends all others, and it ends itself when whoever opened it is gone, however that ended.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Below it each node has a control group of its own, with everything that runs in its pods. */
const CGROUP = 'registry-gitops';

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd'];
const CGROUPS = '/sys/fs/cgroup';
/** Settings of the whole machine that the kubelet writes: it finds files with the values that it wants in their places. */
const SETTINGS: Record<string, string> = {
  '/proc/sys/vm/overcommit_memory': '1',
  '/proc/sys/kernel/panic': '10',
  '/proc/sys/kernel/panic_on_oops': '1',
  '/proc/sys/kernel/keys/root_maxkeys': '1000000',
  '/proc/sys/kernel/keys/root_maxbytes': '25000000',
};
/** Folders that programs of a node write into, wherever they are told to keep their state: empty ones of its own. */
const OWN_FOLDERS = ['/run', '/var/lib', '/var/log'];

/** @param state folder for its files @returns the script that makes the namespaces a node's, and then waits */
function script(state: string): string {
  const settings = Object.entries(SETTINGS).map(([path, value], index) => {
    const file = join(state, `setting-${index}`);
    writeFileSync(file, `${value}\n`);
    return `mount --bind ${file} ${path}`;
  });
  writeFileSync(join(state, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  return [
    'set -e',
    'mount --make-rshared /',
    ...OWN_FOLDERS.map((folder) => `mount -t tmpfs tmpfs ${folder}`),
    'mkdir -p /run/netns',
    ...settings,
    'ip link set lo up',
    'sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1',
    `touch ${join(state, 'open')}`,
    // Until the other end of standard input is gone.
    'cat',
  ].join('\n');
}

export class Namespaces {
  /** Control group of all pods, below the root of each controller. */
  readonly group: string;
  readonly #state: string;
  #anchor: ChildProcess | undefined;
  /** The first process of the namespaces. */
  #first: number | undefined;

  /** @param state folder for logs and the like of this node, which is there, in a folder of its cluster that has a name of its own */
  constructor(state: string) {
    this.#state = state;
    this.group = join(CGROUP, basename(dirname(state)), basename(state));
  }

  /** The first process, by which others find the namespaces. */
  get pid(): number {
    return this.#first!;
  }

  /** @throws Error with what the system said, where it lets nobody have a namespace */
  async open(): Promise<void> {
    const log = join(this.#state, 'namespaces.log');
    rmSync(join(this.#state, 'open'), { force: true });
    const own = ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc', '--net', '--propagation', 'private'];
    this.#anchor = spawn('unshare', [...own, 'bash', '-c', script(this.#state)], {
      detached: true,
      stdio: ['pipe', openSync(log, 'a'), openSync(log, 'a')],
    });
    for (let looks = 0; !existsSync(join(this.#state, 'open')); looks++) {
      if (looks > 100 || this.#anchor.exitCode !== null) throw new Error(`no namespaces: ${readFileSync(log, 'utf8')}`);
      await sleep(100);
    }
    this.#first = childOf(this.#anchor);
    for (const controller of CONTROLLERS) {
      if (!existsSync(join(CGROUPS, controller))) continue;
      for (const group of [CGROUP, dirname(this.group), this.group]) {
        mkdirSync(join(CGROUPS, controller, group), { recursive: true });
        // These are not inherited, and nothing runs without them.
        if (controller !== 'cpuset') continue;
        for (const file of ['cpuset.cpus', 'cpuset.mems'])
          writeFileSync(join(CGROUPS, 'cpuset', group, file), readFileSync(join(CGROUPS, 'cpuset', file)));
      }
    }
  }

  /** @returns the program and arguments that run a command in the namespaces, in the folder that is current */
  command(...words: string[]): [program: string, args: string[]] {
    const target = [`--target=${this.#first}`, '--pid', '--mount', '--net', `--wdns=${process.cwd()}`];
    return ['nsenter', [...target, ...words]];
  }

  /** Starts a program that runs until it is killed. @returns what started it; its output is in a file of its name */
  start(name: string, words: string[], env: NodeJS.ProcessEnv): ChildProcess {
    const log = openSync(join(this.#state, `${name}.log`), 'a');
    const [program, args] = this.command(...words);
    return spawn(program, args, { detached: true, stdio: ['ignore', log, log], env });
  }

  /** Kills a program that was started. @param child what started it */
  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    process.kill(childOf(child)!, 'SIGKILL');
    await exited;
  }

  /** Kills all that runs in the namespaces, pods included; their mounts, interfaces and rules go with it. */
  async close(): Promise<void> {
    if (this.#anchor && this.#anchor.exitCode === null && this.#anchor.signalCode === null) {
      const exited = once(this.#anchor, 'exit');
      this.#anchor.stdin!.destroy();
      this.#anchor.kill('SIGKILL');
      await exited;
    }
    await removeGroups(relative(CGROUP, this.group));
  }
}

/** @returns the process that a process forked */
function childOf({ pid }: ChildProcess): number | undefined {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return first ? Number(first) : undefined;
}

/** @returns a control group and those below it, the innermost first */
function groupsBelow(group: string): string[] {
  if (!existsSync(group)) return [];
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap(({ name }) => groupsBelow(join(group, name))), group];
}

/** Removes the control groups of a node that is down, or of all nodes of a cluster. @param name of the folder for its state, from the folder of all of them @throws Error where processes are left */
export async function removeGroups(name: string): Promise<void> {
  for (const controller of [...CONTROLLERS, 'unified']) {
    const group = join(CGROUPS, controller, CGROUP, name);
    for (let looks = 0; existsSync(group); looks++) {
      try {
        for (const one of groupsBelow(group)) rmdirSync(one);
      } catch {
        // Its last process may be about to go.
        if (looks > 50) throw new Error(`processes of a node that is down are in ${group}`);
        await sleep(100);
      }
    }
    try {
      for (const above of [dirname(name), '.']) rmdirSync(join(CGROUPS, controller, CGROUP, above));
    } catch {
      // It is that of another node, too, or not there.
    }
  }
}

/** @returns what a program prints @throws Error with what it prints on standard error */
export function output(program: string, args: string[], input?: string): string {
  return execFileSync(program, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 28 });
}
