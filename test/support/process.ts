import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Millis } from '../../src/util/index.ts';
import { onFileEnd } from './cleanup.ts';
import { until } from './waits.ts';

const STOP_MS: Millis = 5_000;
const TYPESCRIPT = fileURLToPath(new URL('./typescript.mjs', import.meta.url));

/** How a program ended: one of the two is null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a program, ended with its test file at the latest. `env` is added to ours; undefined unsets. */
export function startProgram(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): RunningProgram {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  const program = new RunningProgram(child, [command, ...args].join(' '));
  onFileEnd(() => program.stop());
  return program;
}

/** Starts a program of the tests that is TypeScript, such as `../fixtures/peer.ts`; see `typescript.mjs`. */
export function startTypeScript(
  program: URL,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): RunningProgram {
  return startProgram(process.execPath, [
    ...[...nodeOptions, TYPESCRIPT, fileURLToPath(program)],
    ...args,
  ]);
}

/** A program under test and what it has printed so far. */
export class RunningProgram {
  /** Resolves when it has ended and all it printed is read; rejects if it could not be started. */
  readonly exited: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #command: string;
  readonly #lines: string[] = [];
  #stdout = '';
  #stderr = '';
  #hasEnded = false;

  constructor(child: ChildProcess, command: string) {
    this.#child = child;
    this.#command = command;
    this.#read(child.stdout, (text) => {
      this.#stdout += text;
    });
    this.#read(child.stderr, (text) => {
      this.#stderr += text;
    });
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const note = (): void => {
      this.#hasEnded = true;
    };
    this.exited.then(note, note);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`'${this.#command}' could not be started`);
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** All whole lines of both streams, in the order in which they came. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Waits for a line of either stream; one that is already there counts, from line `from` on.
   * Rejects with all that was printed when the deadline passes or the program ends without it.
   */
  async waitForLine(pattern: RegExp, deadlineMs: Millis, from = 0): Promise<RegExpExecArray> {
    const what = (): string => `a line like ${pattern} of '${this.#command}'\n${this.#output()}`;
    return until(
      () => {
        // asked first: what it printed last has then been read
        const hasEnded = this.#hasEnded;
        for (const line of this.#lines.slice(from)) {
          const match = pattern.exec(line);
          if (match) return match;
        }
        if (hasEnded) throw new Error(`ended without ${what()}`);
        return undefined;
      },
      { deadlineMs, what },
    );
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** Ends it: SIGTERM, after five seconds SIGKILL. Resolves at once if it has ended before. */
  async stop(): Promise<void> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    // a frozen one would not hear the SIGTERM
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    await this.exited.catch(() => {});
    clearTimeout(patience);
  }

  /** Writes a line to its standard input. */
  writeLine(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  #read(stream: Readable | null, keep: (text: string) => void): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      keep(text);
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      this.#lines.push(...parts);
    });
    stream?.once('end', () => {
      if (rest) this.#lines.push(rest);
    });
  }

  #output(): string {
    const { length } = this.#lines;
    const shown = this.#lines.slice(-60);
    return length === 0 ? '(it printed nothing)' : `it printed:\n${shown.join('\n')}`;
  }
}
