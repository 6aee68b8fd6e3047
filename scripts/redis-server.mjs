import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_MS = 10_000;
/** Servers that have not been stopped; they end with this process at the latest. */
const running = new Set();

/**
 * @returns a loopback port that nothing listens on, below those that the system gives to outgoing
 * connections, so that a server can leave it and come back to it.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/**
 * Starts a redis-server of our own: loopback, nothing persisted, a temporary folder. Resolves when
 * it answers. Without a `port` it takes a free one.
 */
export async function startRedis({ binary, args = [], port } = {}) {
  for (let attempt = 1; ; attempt++) {
    const server = new PrivateRedis(binary, args, port ?? (await freePort()));
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // somebody else may have taken the port since it was seen free
      if (port !== undefined || attempt === 3) throw error;
    }
  }
}

class PrivateRedis {
  /** The port it listens on, the same for its whole life. */
  port;
  #binary;
  #args;
  #folder = mkdtempSync(join(tmpdir(), 'celeriac-redis-'));
  #child;

  constructor(binary, args, port) {
    this.#binary = binary;
    this.port = port;
    const own = ['--bind', '127.0.0.1', '--port', String(port), '--dir', this.#folder];
    this.#args = [...own, '--save', '', '--appendonly', 'no', ...args];
  }

  get url() {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Called by `startRedis` and `restart` only. */
  async start() {
    if (running.size === 0) process.once('exit', abandonAll);
    running.add(this);
    const log = openSync(join(this.#folder, 'log'), 'a');
    const child = spawn(this.#binary, this.#args, { stdio: ['ignore', log, log] });
    this.#child = child;
    closeSync(log);
    let failure;
    child.once('error', (error) => {
      failure = error.message;
    });
    const deadline = performance.now() + START_MS;
    while (!(await isAnswering(this.port, child.pid))) {
      if (hasEnded(child)) failure ??= 'it ended';
      if (performance.now() > deadline) failure ??= `no answer within ${START_MS} ms`;
      if (failure) throw new Error(`cannot start ${this.#binary}: ${failure}\n${this.#log()}`);
      await sleep(5);
    }
  }

  async stop() {
    await this.kill();
    this.abandon();
  }

  /** `stop` for a process that is exiting and can wait for nothing. */
  abandon() {
    if (!hasEnded(this.#child)) this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
    running.delete(this);
    if (running.size === 0) process.off('exit', abandonAll);
  }

  async kill() {
    await this.#end('SIGKILL');
  }

  async restart() {
    await this.#end('SIGTERM');
    await this.start();
  }

  freeze() {
    this.#child.kill('SIGSTOP');
  }

  thaw() {
    this.#child.kill('SIGCONT');
  }

  async cli(...args) {
    const command = join(dirname(this.#binary), 'redis-cli');
    const { stdout } = await promisify(execFile)(command, ['-e', '-p', String(this.port), ...args]);
    return stdout.replace(/\n$/, '');
  }

  async #end(signal) {
    const child = this.#child;
    if (child.pid === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  #log() {
    return readFileSync(join(this.#folder, 'log'), 'utf8').trimEnd();
  }
}

function abandonAll() {
  for (const server of running) server.abandon();
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Whether the Redis with this pid takes commands on this port: another may have the port. One that
 * asks for a password counts, though it cannot be told apart.
 */
function isAnswering(port, pid) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    const answer = (isUp) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.setTimeout(500, () => answer(false));
    socket.once('error', () => answer(false));
    socket.on('data', (chunk) => {
      reply += chunk;
      const [, found] = /^\+PONG[\s\S]*process_id:(\d+)\r/.exec(reply) ?? [];
      if (found) answer(Number(found) === pid);
      else if (reply.startsWith('-')) answer(reply.startsWith('-NOAUTH'));
    });
    socket.write('PING\r\nINFO server\r\n');
  });
}
