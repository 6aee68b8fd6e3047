import { expect } from 'vitest';
import { readVectors } from '../vectors/vectors.ts';
import type { Ending, OddRow } from './odd-row.ts';

interface AcceptanceVector {
  readonly name: string;
  readonly raw: unknown;
  readonly result_writes: readonly (readonly [key: string, ttl: string, document: string])[];
}

/** Where no id can be read at all. */
const untold: ReadonlySet<string> = new Set(['envelope_not_json', 'proto1_no_id', 'not_a_task']);

interface Stored {
  readonly status: string;
  readonly result: unknown;
}

/**
 * What a worker of Python's was given in a capture. Where it stored a result we store the same; where it ended, lost the
 * message or told nobody, there is a dead letter and whoever waits is told.
 */
export const captures: readonly OddRow[] = readVectors<AcceptanceVector>(
  '5.6.2',
  'a_worker_acceptance',
).map(({ name, raw, result_writes: [write] }) => ({
  name: `Python's capture ${name}`,
  payload: typeof raw === 'string' ? raw : JSON.stringify(raw),
  id: untold.has(name) ? null : name,
  ends: write
    ? endingOf(JSON.parse(write[2]) as Stored)
    : { kind: 'dead', reason: /./, logged: /./ },
}));

interface ProducerVector {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Chains as Python sends them in protocol 1: each step is a callback in the options of the last. */
export const chains: readonly OddRow[] = (['5.2.6', '5.6.2'] as const).map((version) => {
  const vectors = readVectors<ProducerVector>(version, 'ab_redis_producer');
  const chain = vectors.find(({ name }) => name === 'protocol1_chain');
  const [payload = ''] = Object.values(chain?.lists ?? {}).flat();
  const { body } = JSON.parse(payload) as { readonly body: string };
  const ids = Buffer.from(body, 'base64')
    .toString()
    .matchAll(/"task_id": "([^"]*)"/g);
  const [, id = ''] = [...ids].at(-1) ?? [];
  return {
    name: `Python's chain of ${version}`,
    payload,
    id,
    ends: { kind: 'SUCCESS', value: 36 },
  };
});

function endingOf({ status, result }: Stored): Ending {
  if (status === 'REVOKED') return { kind: 'REVOKED', error: /was not run: expired/ };
  if (status === 'FAILURE') {
    const { exc_type: type, exc_message: text } = result as Readonly<Record<string, unknown>>;
    const [name] = /'\w+'$/.exec(String(text)) ?? [];
    return { kind: 'FAILURE', error: new RegExp(`${type}: .*${name}`) };
  }
  const isDecimal = typeof result === 'object';
  return { kind: 'SUCCESS', value: isDecimal ? expect.objectContaining({ text: '3.5' }) : result };
}
