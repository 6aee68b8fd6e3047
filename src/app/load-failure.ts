import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a file; line and column count from 1. */
interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The cause of a failed import on one line or more: `src/tasks.ts:3:7: TypeError: …`. */
export function describeLoadFailure(error: unknown, file: string, cwd: string): string {
  const cause = causeOf(error);
  const place = missingImport(error) ?? placeInStack(error) ?? syntaxError(error, file) ?? { file };
  const inside = relative(cwd, place.file);
  const shown = inside.startsWith('..') || isAbsolute(inside) ? place.file : inside;
  const position = [shown, place.line, place.column].filter((part) => part !== undefined);
  return `${position.join(':')}: ${cause}`;
}

/** The class and the message; jiti wraps syntax errors in words of its own. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return `a value was thrown that is no error: ${String(error)}`;
  const syntax = /^ParseError: (.*?)\s*\n/s.exec(error.message);
  if (syntax) return `SyntaxError: ${syntax[1]}`;
  const [message] = isMissing(error) ? error.message.split(/\n| imported from /) : [error.message];
  return `${error.name}: ${message}`;
}

function isMissing(error: unknown): error is Error & { requireStack?: unknown } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

/** The line of an import that leads nowhere: stacks hold the loader's frames only. */
function missingImport(error: unknown): Place | undefined {
  if (!isMissing(error)) return undefined;
  const stack = Array.isArray(error.requireStack) ? error.requireStack : [];
  const importer = String(stack[0] ?? / imported from (.*)$/.exec(error.message)?.[1] ?? '');
  const wanted = /'([^']+)'/.exec(error.message)?.[1];
  if (!isAbsolute(importer) || wanted === undefined) return undefined;
  const lines = (readText(importer) ?? '').split('\n');
  const isQuoted = (line: string) =>
    new RegExp(`['"\`][^'"\`]*${escaped(basename(wanted))}`).test(line);
  const index = lines.findIndex((line) => isQuoted(line) && /\b(import|from|require)\b/.test(line));
  return index < 0 ? { file: importer } : { file: importer, line: index + 1 };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** `/path/file.ts:3:7`, also as a file URL, in parentheses or on a line of its own. */
const frame =
  /(?:^|[\s(])(?<file>(?:file:\/\/)?(?:\/|[a-z]:[\\/])[^\n():]*):(?<line>\d+)(?::(?<column>\d+))?/gim;

/** The first place in a stack that is the user's. */
function placeInStack(error: unknown): Place | undefined {
  if (!(error instanceof Error) || !error.stack) return undefined;
  for (const { groups } of error.stack.matchAll(frame)) {
    if (!groups?.file) continue;
    const file = groups.file.startsWith('file://') ? fileURLToPath(groups.file) : groups.file;
    if (isLibrary(file)) continue;
    const column = groups.column === undefined ? {} : { column: Number(groups.column) };
    return { file, line: Number(groups.line), ...column };
  }
  return undefined;
}

/** The folder of our own code: what stands in it is never the user's. */
const ownFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..') + sep;

function isLibrary(file: string): boolean {
  return file.startsWith(ownFolder) || file.includes(`${sep}node_modules${sep}`);
}

/** Node does not tell where an ES module has its syntax error, so the files are read once more. */
function syntaxError(error: unknown, file: string, seen = new Set<string>()): Place | undefined {
  if (!(error instanceof SyntaxError) || seen.has(file)) return undefined;
  seen.add(file);
  const text = readText(file);
  if (text === undefined) return undefined;
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn');
  try {
    const options = { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true } as const;
    for (const node of parse(text, options).body) {
      const source = 'source' in node ? node.source?.value : undefined;
      if (typeof source !== 'string' || !source.startsWith('.')) continue;
      const place = syntaxError(error, resolve(dirname(file), source), seen);
      if (place) return place;
    }
  } catch (found) {
    const at = found instanceof Error && 'loc' in found ? (found.loc as Position) : undefined;
    return at ? { file, line: at.line, column: at.column + 1 } : { file };
  }
  return undefined;
}

type Position = Readonly<{ line: number; column: number }>;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
