import type { Celery } from '../../src/app/index.ts';
import type { CommandContext, Io, Signals } from '../../src/cli/command.ts';
import type { Host } from '../../src/cli/program.ts';

/** What a command said, and how it was answered. */
export interface RecordedIo extends Io {
  readonly printed: string[];
  readonly problems: string[];
  readonly questions: string[];
}

/** An `Io` that keeps what is said. @param answer - to every question; undefined is no terminal. */
export function recordedIo(answer?: boolean): RecordedIo {
  const printed: string[] = [];
  const problems: string[] = [];
  const questions: string[] = [];
  return {
    ...{ printed, problems, questions, canAsk: answer !== undefined },
    ...{ width: undefined, hasColor: false },
    print: (text) => void printed.push(text),
    printBytes: (bytes) => void printed.push(Buffer.from(bytes).toString('latin1')),
    problem: (text) => void problems.push(text),
    confirm: async (question) => {
      questions.push(question);
      return answer === true;
    },
  };
}

/** Signals that a test sends. */
export interface HandSignals extends Signals {
  send(signal: NodeJS.Signals): void;
  readonly listeners: number;
}

/** @returns signals that nobody but the test sends. */
export function handSignals(): HandSignals {
  const handlers = new Set<(signal: NodeJS.Signals) => void>();
  return {
    listen(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    send(signal) {
      for (const handler of handlers) handler(signal);
    },
    get listeners() {
      return handlers.size;
    },
  };
}

/** An app made of the members that a test needs. */
export function anApp(members: Record<string, unknown> = {}): Celery {
  const app = {
    name: 'tut2',
    settings: { taskDefaultQueue: 'celery', brokerUrl: 'redis://', resultBackend: null },
    tasks: new Map(),
    sendTask: async () => ({ id: 'the-id' }),
    close: async () => {},
    ...members,
  };
  return app as unknown as Celery;
}

/** What a command is run with. */
export function aContext<Options>(
  options: Options,
  parts: Partial<CommandContext<Options>> & { readonly io: Io },
): CommandContext<Options> {
  const app = parts.app ?? anApp();
  const defaults = { apps: [app] as const, module: undefined, signals: handSignals() };
  return { ...defaults, isQuiet: false, options, ...parts, app };
}

/** What a command line is run in: an environment of its own, and one app. */
export function aHost(io: Io, parts: Partial<Host> = {}): Host {
  return {
    env: {},
    chdir: () => {},
    signals: handSignals(),
    openIo: () => io,
    openApps: async () => [anApp()],
    ...parts,
  };
}
