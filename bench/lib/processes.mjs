import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../../scripts/setup.mjs';
import { ending, endLeftovers, startGroup } from '../../scripts/steps.mjs';

const KEPT_CHARACTERS = 4000;
const STOP_MS = 5000;
/** What Linux counts CPU time in, for programs. */
const TICK_US = 10_000;

/**
 * Starts one of a measurement's programs in a process group of its own.
 * @param {{ program?: string, args: readonly string[], env: object, profileDir?: string, isReporting?: boolean }} parts -
 * one that is reporting has a channel to send its report on: a line of JSON, to the descriptor `NODE_CHANNEL_FD`.
 */
export function startProgram({ program, args, env, profileDir, isReporting = false }) {
  const profiling = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [];
  const child = startGroup(program ?? process.execPath, [...profiling, ...args], {
    cwd: rootDir,
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...(isReporting ? ['ipc'] : [])],
  });
  return new Program(child, args);
}

/** @returns the command line of a producer. */
export function producerArgs(side, job, count) {
  if (side.program) return [side.producer, job, String(count)];
  return [join(rootDir, 'bench/producer.mjs'), side.producer, job, String(count)];
}

class Program {
  /** Resolves with how it ended, when it has. */
  ended;
  #child;
  #command;
  #output = '';
  #report;
  #isStopping = false;

  constructor(child, args) {
    this.#child = child;
    this.#command = args.join(' ');
    this.ended = ending(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
      });
    }
    child.on('message', (message) => {
      this.#report = message;
    });
  }

  /** @returns the CPU time of all its threads so far; NaN where there is no /proc. */
  cpuUs() {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * TICK_US;
    } catch {
      return Number.NaN;
    }
  }

  /** @returns what it sent first; rejects with its last output if it ends or takes too long. */
  async report(signal) {
    if (this.#report === undefined) {
      const first = once(this.#child, 'message', { signal }).catch(() => {});
      await Promise.race([first, this.ended]);
    }
    if (this.#report === undefined) throw this.#failure(signal.aborted ? 'took too long' : 'ended');
    return this.#report;
  }

  /** Resolves when a program that ends by itself has done so in good order. */
  async finish(signal) {
    const aborted = once(signal, 'abort').then(() => 'took too long');
    const end = await Promise.race([this.ended, aborted]);
    if (end !== 'exit code 0') throw this.#failure(end);
  }

  /** Rejects as soon as it ends without having been stopped. */
  async failure() {
    const end = await this.ended;
    if (this.#isStopping) return new Promise(() => {});
    throw this.#failure(end);
  }

  /** Ends it: SIGTERM, later SIGKILL. Safe to call twice. */
  async stop() {
    this.#isStopping = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      const patience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
      await this.ended;
      clearTimeout(patience);
    }
    await endLeftovers(this.#child);
  }

  #failure(how) {
    return new Error(`'${this.#command}' ${how}; it printed:\n${this.#output.trimEnd()}`);
  }
}
