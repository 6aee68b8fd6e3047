import { readdirSync, readFileSync } from 'node:fs';
import { plan } from '../../src/canvas/index.ts';
import { Celery } from '../../src/index.ts';
import { encodeEnvelope } from '../../src/protocol/index.ts';
import { parseVectors } from '../vectors/vectors.ts';

/** What is mutated: entries of queues, and documents of results, as they were on the wire. */
export interface Corpus {
  readonly messages: readonly string[];
  readonly results: readonly string[];
}

/** All of the captures, and messages of ours in every form that they have. */
export function readCorpus(): Corpus {
  const found = { messages: new Set<string>(), results: new Set<string>() };
  const root = new URL('../vectors/', import.meta.url);
  for (const version of ['5.2.6', '5.6.2']) {
    for (const file of readdirSync(new URL(version, root)).sort()) {
      harvest(parseVectors(readFileSync(new URL(`${version}/${file}`, root), 'utf8')), found);
    }
  }
  for (const message of ownMessages()) found.messages.add(message);
  return { messages: [...found.messages], results: [...found.results] };
}

function harvest(value: unknown, found: { messages: Set<string>; results: Set<string> }): void {
  if (typeof value === 'string') {
    if (value.length > 20_000) return;
    if (value.startsWith('{"body"')) found.messages.add(value);
    else if (value.startsWith('{"status"')) found.results.add(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if ('body' in value && 'properties' in value && 'headers' in value) {
    const text = JSON.stringify(value);
    if (text.length < 20_000) found.messages.add(text);
  }
  for (const each of Object.values(value)) harvest(each, found);
}

const SERIALIZERS = ['json', 'yaml', 'msgpack', 'pickle'] as const;
const COMPRESSIONS = [undefined, 'zlib', 'brotli'] as const;

function* ownMessages(): Generator<string> {
  const app = new Celery('fuzz', { broker: 'memory://corpus', backend: null });
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
  const compose = (data: ReturnType<typeof call>, options: object) => {
    const extras = { args: [], kwargs: {}, options: options as Readonly<Record<string, unknown>> };
    const { tasks } = plan(data, { newId, replyTo: 'reply' }, extras);
    return app.compose(tasks).map((message, at) => encodeEnvelope(message, `tag-${ids}-${at}`));
  };
  const call = (task: string, more: object = {}) => ({
    ...{ task, args: [1, 'two', [3, { four: 5.5 }], null] as readonly unknown[], kwargs: {} },
    ...{ options: {}, subtask_type: null, immutable: false, ...more },
  });
  for (const serializer of SERIALIZERS) {
    for (const compression of COMPRESSIONS) {
      yield* compose(call('fuzz.echo'), { serializer, ...(compression && { compression }) });
    }
  }
  for (const task of TASKS) {
    yield* compose(call(task), {});
    yield* compose(call(task, { kwargs: { a: [1], b: 'é😀' } }), { priority: 3, shadow: 'other' });
    const follow = { link: [call('fuzz.echo')], link_error: [call('fuzz.echo', { args: [] })] };
    yield* compose(call(task, { options: follow }), {});
    yield* compose(call(task, { options: { chain: [call('fuzz.echo'), call('fuzz.fail')] } }), {});
  }
  yield* compose(call('fuzz.echo'), { countdown: 3600, headers: { own: 1 } });
  yield* compose(call('fuzz.echo'), { expires: 0, ignore_result: true });
}

/** What the fuzzer's worker knows. */
export const TASKS = [
  ...['fuzz.echo', 'fuzz.fail', 'fuzz.retry', 'fuzz.reject', 'fuzz.ignore'],
  ...['fuzz.progress', 'fuzz.send', 'fuzz.shape', 'fuzz.throws'],
] as const;
