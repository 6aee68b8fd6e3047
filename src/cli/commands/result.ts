import { inspect } from 'node:util';
import { summaryOf } from '../../errors.ts';
import { encodeJson } from '../../protocol/index.ts';
import type { Command, Io } from '../command.ts';
import { refuseMemory } from '../shared-stores.ts';
import { harmless } from '../terminal.ts';

/** What `result` takes. */
export interface ResultFlags {
  readonly id: string;
  readonly traceback: boolean;
  readonly json: boolean;
}

/** Prints how a task ended. It does not wait. */
export const result: Command<ResultFlags> = {
  name: 'result',
  summary: 'Print the result of a task, or the error it ended with. It does not wait for one.',
  options: {
    id: { type: 'operand', help: 'id of the task' },
    traceback: { type: 'boolean', help: 'print where it failed instead' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    refuseMemory('result', { resultBackend: app.settings.resultBackend });
    const handle = app.asyncResult(options.id);
    const state = await handle.state();
    const isSuccess = state === 'SUCCESS';
    const value = await handle.result();
    const traceback = await handle.traceback();
    if (options.json) {
      const error = value instanceof Error ? summaryOf(value) : null;
      const shown = isSuccess ? value : null;
      const document = { id: options.id, state, result: shown, error, traceback };
      io.print(encodeJson(document, { types: 'plain' }));
      return isSuccess ? 0 : 1;
    }
    if (options.traceback) {
      if (traceback === null) io.problem(`task '${options.id}' is ${state} and has no traceback`);
      else io.print(asText(traceback.trimEnd(), io));
      return traceback === null ? 1 : 0;
    }
    if (isSuccess) {
      io.print(asText(value, io));
      return 0;
    }
    io.problem(
      value instanceof Error ? `${state}: ${summaryOf(value)}` : noResult(options.id, state),
    );
    return 1;
  },
};

function noResult(id: string, state: string): string {
  const hint = state === 'PENDING' ? ': it has not ended, or nobody knows this id' : '';
  return `task '${id}' is ${state}${hint}`;
}

/** A text as it is, but harmless on a terminal; anything else as Node shows it. */
function asText(value: unknown, { width, hasColor }: Io): string {
  if (typeof value === 'string') return width === undefined ? value : harmless(value);
  const shown = inspect(value, { depth: null, colors: hasColor });
  // inspect escapes what drives a terminal, but for what turns text around; escapes that are left are its own colours
  return width === undefined ? shown : shown.split(ownColours).map(harmlessPart).join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const ownColours = /(\u001b\[\d+m)/;

/** Every second part is a colour. */
function harmlessPart(part: string, index: number): string {
  return index % 2 === 1 ? part : harmless(part);
}
