import { readFileSync } from 'node:fs';

/** The Celery whose captured messages and results a test reads. */
export type CeleryVersion = '5.2.6' | '5.6.2';

/** The cases of one file of captures; `Case` says which of their fields the test relies on. */
export function readVectors<Case>(version: CeleryVersion, name: string): readonly Case[] {
  const url = new URL(`${version}/${name}.json`, import.meta.url);
  return (parseVectors(readFileSync(url, 'utf8')) as { vectors: readonly Case[] }).vectors;
}

/** A file of captures: JSON, but for the `Infinity` that Python writes; within texts that is not at the end of a line. */
export function parseVectors(text: string): unknown {
  return JSON.parse(text.replace(/^(\s*"\w+": )Infinity(,?)$/gm, '$11e999$2'));
}
