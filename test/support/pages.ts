import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A page of documentation, taken apart. */
export interface Page {
  /** Its files, by the name in their first line: `// tasks.ts`, `# prices.py`. */
  readonly files: ReadonlyMap<string, string>;
  /** Its commands, line by line. */
  readonly commands: readonly string[];
  /** The first lines of TypeScript and Python blocks that name no file, and so would run nowhere. */
  readonly nameless: readonly string[];
}

/** Reads a page, such as `README.md` or `docs/guide/start.md`. */
export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const files = new Map<string, string>();
  const nameless: string[] = [];
  for (const block of blocksOf(text, ['ts', 'python'])) {
    const name = /^(?:\/\/|#) (\S+)\n/.exec(block)?.[1];
    if (name === undefined) nameless.push(block.split('\n', 1)[0] ?? '');
    else files.set(name, block);
  }
  const commands = blocksOf(text, ['sh']).flatMap((block) => block.trimEnd().split('\n'));
  return { files, commands, nameless };
}

/** What a file says that it prints: the comments behind its lines. */
export function promisedBy(text: string): string[] {
  return [
    ...text.matchAll(/^(?:console\.log|print)\(.*\); \/\/ (.+)$|^print\(.*\) {2}# (.+)$/gm),
  ].map(([, typescript, pythons]) => typescript ?? pythons ?? '');
}

/** The fenced blocks in these languages, in order. */
function blocksOf(text: string, languages: readonly string[]): string[] {
  const fence = new RegExp(`^\`\`\`(?:${languages.join('|')})\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}
