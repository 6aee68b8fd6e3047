import { createInterface } from 'node:readline';
import { escapeControls, redactText } from '../util/index.ts';
import type { Io, Signals } from './command.ts';

/** The streams of a process. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Speaks through a process's streams; questions go to standard error, so that output can be piped. */
export function terminalIo({ stdin, stdout, stderr }: Streams, allowColor: boolean): Io {
  const isTerminal = stdout.isTTY === true;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    printBytes: (bytes) => void stdout.write(bytes),
    problem: (text) => void stderr.write(`${harmless(redactText(text))}\n`),
    confirm: (question) => ask(`${harmless(question)} [y/N] `, stdin, stderr),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    width: isTerminal ? (stdout.columns ?? 80) : undefined,
    hasColor: isTerminal && allowColor,
  };
}

/** A text that came from anywhere, for people: its lines stay, and nothing in it drives their terminal. */
export function harmless(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}

/** No answer, such as the end of the input, is a no. */
function ask(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const reader = createInterface({ input, output });
  return new Promise((resolve) => {
    reader.once('close', () => resolve(false));
    reader.question(question, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      reader.close();
    });
  });
}

/** The signals of a process that ask it to stop. */
export function processSignals(target: Pick<NodeJS.Process, 'on' | 'off'>): Signals {
  return {
    listen(handler) {
      const names = ['SIGINT', 'SIGTERM'] as const;
      for (const name of names) target.on(name, handler);
      return () => {
        for (const name of names) target.off(name, handler);
      };
    },
  };
}
