import { ConfigError } from '../errors.ts';
import { encodeJson } from '../protocol/index.ts';
import type { Burial, DeadLetterInfo } from '../transports/index.ts';
import { escapeControls } from '../util/index.ts';
import type { Command, Io } from './command.ts';

/** So much of an id tells one message from another, mostly. */
const SHORT_ID = 10;
/** A column is no wider, but the last one. */
const COLUMN_MAX = 40;

/** A text of a message, harmless on a terminal: one line without anything that a terminal would obey. */
export function shown(text: string): string {
  return escapeControls(text);
}

/** JSON in ASCII, so that nothing in it means anything to a terminal. */
export function asJson(value: unknown): string {
  return encodeJson(value, { types: 'plain' });
}

/** When somebody gave a message up, to the second. */
export function timeText(at: Date | null): string {
  return at === null ? '?' : `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** One line about an earlier time that a message was a dead letter. */
export function burialText({ at, reason, worker, deliveries }: Burial): string {
  const lost = deliveries > 0 ? `, after ${deliveries} lost workers` : '';
  return shown(`${timeText(at)}  ${reason} (${worker || '?'}${lost})`);
}

/** A letter as `--json` has it. */
export function jsonOf({ id, queue, task, taskId, size, earlier, ...burial }: DeadLetterInfo) {
  const plain = ({ at, reason, worker, deliveries }: Burial) => {
    return { reason, at: at?.toISOString() ?? null, worker, deliveries };
  };
  return { id, queue, task, taskId, size, ...plain(burial), earlier: earlier.map(plain) };
}

const heads = ['ID', 'BURIED', 'TASK', 'TASK ID', 'LOST', 'REASON'] as const;

/** Letters as a table; what does not fit on a terminal is cut. */
export function tableOf(letters: readonly DeadLetterInfo[], { width }: Pick<Io, 'width'>): string {
  const rows = letters.map((letter) => {
    const { id, at, task, taskId, deliveries, reason } = letter;
    const cells = [id.slice(0, SHORT_ID), timeText(at), task ?? '-', taskId ?? '-'];
    return [...cells, String(deliveries), reason].map(shown);
  });
  const all = [heads as readonly string[], ...rows];
  const widths = heads.map((_, column) =>
    Math.min(COLUMN_MAX, Math.max(...all.map((row) => row[column]?.length ?? 0))),
  );
  const lineOf = (row: readonly string[]): string => {
    const last = row.length - 1;
    const cells = row.map((cell, column) =>
      column === last ? cell : cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0),
    );
    return cut(cells.join('  '), width ?? Number.POSITIVE_INFINITY);
  };
  return all.map(lineOf).join('\n');
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(0, length - 1))}…` : text;
}

/** What `redrive` and `purge` have in common: which dead letters are meant. */
export interface SelectionFlags {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly queues: readonly string[];
  readonly olderThan: number | undefined;
}

/** Their options. */
export const selectionOptions = {
  ids: { type: 'operands', help: 'ids or beginnings of them, or ids of tasks' },
  all: { type: 'boolean', help: 'all of them' },
  queues: {
    type: 'string',
    short: 'Q',
    multiple: true,
    value: 'names',
    help: 'only those of these queues, joined by commas',
  },
  olderThan: { type: 'number', value: 'seconds', min: 0, help: 'only those given up before' },
} as const satisfies Command<SelectionFlags>['options'];

/** The selections that flags mean, one per queue. @throws ConfigError if they do not say, or say too much */
export function selectionsOf({ ids, all, queues, olderThan }: SelectionFlags, nowMs: number) {
  if (ids.length > 0 && all) throw new ConfigError('give ids or --all, not both');
  if (ids.length === 0 && !all && queues.length === 0 && olderThan === undefined) {
    throw new ConfigError('say which dead letters: ids, --all, -Q or --older-than');
  }
  const before = olderThan === undefined ? undefined : new Date(nowMs - olderThan * 1000);
  const choice = { ...(ids.length > 0 ? { ids } : { all: true }), before };
  return queues.length === 0
    ? [choice]
    : [...new Set(queues)].map((queue) => ({ ...choice, queue }));
}

/** The same for a question. */
export function selectionText({ ids, queues, olderThan }: SelectionFlags): string {
  const which = ids.length > 0 ? ids.map(shown).join(', ') : 'all dead letters';
  const where = queues.length > 0 ? ` of ${[...new Set(queues)].map(shown).join(', ')}` : '';
  const when = olderThan === undefined ? '' : ` that are older than ${olderThan} s`;
  return `${which}${where}${when}`;
}

/**
 * Asks, unless that is forced.
 * @returns undefined to go on, else the exit code
 */
export async function asked(
  io: Io,
  { name, question, isForced }: { name: string; question: string; isForced: boolean },
): Promise<1 | 2 | undefined> {
  if (isForced) return undefined;
  if (!io.canAsk) {
    io.problem(`${name} asks first, and there is no terminal to ask on; use --force`);
    return 2;
  }
  if (await io.confirm(question)) return undefined;
  io.problem('nothing was done');
  return 1;
}
