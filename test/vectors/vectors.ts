import { readFileSync } from 'node:fs';

/** The Celery whose captured messages and results a test reads. */
export type CeleryVersion = '5.2.6' | '5.6.2';

/** The cases of one file of captures; `Case` says which of their fields the test relies on. */
export function readVectors<Case>(version: CeleryVersion, name: string): readonly Case[] {
  const text = readFileSync(new URL(`${version}/${name}.json`, import.meta.url), 'utf8');
  // Python writes it so; within texts it is not at the end of a line
  const json = text.replace(/^(\s*"\w+": )Infinity(,?)$/gm, '$11e999$2');
  return (JSON.parse(json) as { vectors: readonly Case[] }).vectors;
}
