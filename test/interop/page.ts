import { type Area, type Cell, proofOf, type Row } from './row.ts';

const intro = `# Beside Python

What Python's Celery and this package do for each other on one Redis, row by row: messages of Python's client run by our
worker, and messages of ours run by Python's. Each cell that says yes is a test of that name, such as
\`npm test -- test/interop -t "header 'shadow'"\`, against a live worker and a live client of either side; the page is made
from the tests' own table by \`npm run docs:python\`, and a yes without a test cannot be written. Where both workers take from
one queue while both clients send into it, the notes say so.

The Celery of these tests is Debian's, 5.2.6 with Kombu 5.2.4. What 5.6.2 writes and reads is held against messages and
results that were captured from it, in [\`test/vectors\`](../test/vectors).
`;

/** The text of docs/beside-python.md. */
export function besidePythonPage(areas: readonly Area[]): string {
  return [intro, summary(areas), ...areas.map(section)].join('\n');
}

function summary(areas: readonly Area[]): string {
  const cells = areas.flatMap(({ rows }) => rows).flatMap(cellsOf);
  const proven = cells.filter((cell) => typeof cell === 'function').length;
  const rows = areas.reduce((sum, area) => sum + area.rows.length, 0);
  const shown = cells.filter((cell) => typeof cell !== 'function' && proofOf(cell)).length;
  return `${rows} rows: ${proven} cells say yes, ${cells.length - proven} say no and why (${shown} of them are seen to be so by a test).\n`;
}

function cellsOf({ pythonToUs, usToPython, together }: Row): Cell[] {
  return together ? [pythonToUs, usToPython, together] : [pythonToUs, usToPython];
}

function section({ title, name, test, rows }: Area): string {
  const link = `[${name}](../test/interop/rows/${name}.ts)`;
  const lines = rows.map((row) => {
    const together = row.together && `both on one queue: ${said(row.together)}`;
    const notes = [row.notes, together].filter(Boolean).join('; ');
    return line([row.name, said(row.pythonToUs), said(row.usToPython), notes, link]);
  });
  const head = ['', 'Python to us', 'us to Python', 'notes', 'test'];
  return [
    `## ${title}\n`,
    `Proved by [\`${test}.test.ts\`](../test/interop/${test}.test.ts).\n`,
    ...[line(head), line(head.map(() => '---')), ...lines, ''],
  ].join('\n');
}

function said(cell: Cell): string {
  return typeof cell === 'function' ? 'yes' : `no: ${cell.cannot}`;
}

function line(cells: readonly string[]): string {
  const escaped = cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' '));
  return `| ${escaped.join(' | ')} |`;
}
