import { stripVTControlCharacters } from 'node:util';
import { escapeControls, redactText } from '../util/index.ts';
import type { BannerFacts } from '../worker/index.ts';

/** How wide and how colourful the banner may be. */
export interface BannerStyle {
  /** Columns; undefined for plain lines, one fact each. */
  readonly width: number | undefined;
  readonly hasColor: boolean;
}

const styles = { bold: 1, green: 32, cyan: 36 };
const minWidth = 40;
const maxWidth = 100;

/** What a worker says when it has started: who it is, where it is connected, and what it can do. */
export function formatBanner(facts: BannerFacts, { width, hasColor }: BannerStyle): string {
  const rows = rowsOf(facts);
  const tasks = facts.tasks.length === 0 ? ['(none)'] : [...facts.tasks].sort();
  if (width === undefined) {
    const lines = rows.map(([name, value]) => `${name}: ${value}`);
    return clean([...lines, `tasks: ${tasks.join(', ')}`].join('\n'));
  }
  const inner = Math.min(Math.max(width, minWidth), maxWidth) - 4;
  const paint = (style: keyof typeof styles, text: string) =>
    hasColor ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  const title = `${facts.nodeName}  celeriac ${facts.version}`;
  const body = [
    ...cut(title, inner).map((line) => paint('bold', line)),
    '',
    ...rows.slice(2).flatMap(([name, value]) => {
      const [first = '', ...more] = cut(value, inner - labelWidth);
      const label = paint('cyan', name.padEnd(labelWidth));
      return [`${label}${first}`, ...more.map((line) => `${' '.repeat(labelWidth)}${line}`)];
    }),
    '',
    paint('cyan', `tasks (${facts.tasks.length})`),
    ...tasks.flatMap((name) => cut(`  ${name}`, inner)),
  ];
  return framed(body, inner, (text) => paint('green', text));
}

const labelWidth = 14;

function rowsOf(facts: BannerFacts): readonly (readonly [name: string, value: string])[] {
  const late = 'late: a task is acknowledged when it has run';
  const early = 'early: a task is acknowledged before it runs, and lost with its worker';
  const rows = [
    ['node', facts.nodeName],
    ['version', facts.version],
    ['app', facts.app],
    ['broker', facts.broker],
    ['results', facts.backend ?? 'off (no result backend)'],
    ['queues', facts.queues.join(', ')],
    ['pool', `${facts.pool}, ${facts.concurrency} at once`],
    ['acks', facts.ackMode === 'late' ? late : early],
    ['connections', String(facts.connections)],
  ] as const;
  return rows.map(([name, value]) => [name, clean(value)]);
}

/** One fact, one line: no name that a module or a URL brings may drive the terminal. */
function clean(text: string): string {
  return redactText(text).split('\n').map(escapeControls).join('\n');
}

function framed(lines: readonly string[], inner: number, paint: (text: string) => string): string {
  const edge = '─'.repeat(inner + 2);
  const rows = lines.map((line) => {
    const space = ' '.repeat(Math.max(0, inner - stripVTControlCharacters(line).length));
    return `${paint('│')} ${line}${space} ${paint('│')}`;
  });
  return [paint(`╭${edge}╮`), ...rows, paint(`╰${edge}╯`)].join('\n');
}

/** Lines of at most `width`, broken at spaces where there are some. */
function cut(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = clean(text);
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
