import { describe, expect, test } from 'vitest';
import { readVectors } from '../../../test/vectors/vectors.ts';
import type { RemoteError } from '../../errors.ts';
import { bareOutcome, type Outcome } from '../../pool/index.ts';
import {
  type Delivery,
  encodeContent,
  encodeResultMeta,
  finalityOf,
  type ResultMeta,
  resultKeyOf,
} from '../../protocol/index.ts';
import { type CompletionContext, planCompletion, planUnsendable } from './completion.ts';
import { expiredError } from './failures.ts';
import { planRefusal } from './refusal.ts';
import { parseRequest, type Request } from './request.ts';
import { planStarted } from './stored-states.ts';

interface Vector {
  readonly name: string;
  readonly sent_messages: readonly {
    readonly queue: string;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly body: string;
  }[];
  readonly result_writes: readonly (readonly string[])[];
}

const vectors = readVectors<Vector>('5.6.2', 'd_results_redis_extended');

/** The n-th message of a capture, as our worker gets it. */
function requestOf(name: string, index = 0): Request {
  const message = vectors.find((each) => each.name === name)?.sent_messages[index];
  if (!message) throw new Error(`no message ${index} in capture '${name}'`);
  return parseRequest(aDelivery(message)) as Request;
}

function aDelivery(message: Partial<Delivery>): Delivery {
  const { headers = {}, body = '[[], {}, {}]' } = message;
  return {
    ...{ tag: 'tag', queue: 'celery', headers, properties: {}, body },
    ...{ contentType: 'application/json', contentEncoding: 'utf-8', bodyEncoding: 'utf-8' },
    ...message,
    headersText: JSON.stringify(headers),
  };
}

/** The documents that Celery stored, of that state. */
function captured(name: string, status: string): string[] {
  const writes = vectors.find((each) => each.name === name)?.result_writes ?? [];
  return writes
    .flatMap((write) => write.at(-1) ?? [])
    .filter((text) => text.includes(`"${status}"`));
}

const backend = {
  write: (meta: ResultMeta) => {
    const [document, finality] = [encodeResultMeta(meta), finalityOf(meta.status)];
    return { key: resultKeyOf(meta.taskId), document, finality, ttlMs: 0, db: 0 };
  },
};

function aContext(over: Partial<CompletionContext['policies']> = {}): CompletionContext {
  return {
    backend,
    isExtended: true,
    reading: { accept: ['application/json', 'application/x-yaml'] },
    nodeName: 'w1@host1',
    policies: {
      acks: () => {
        const acks = { acksLate: true, acksOnFailureOrTimeout: true, rejectOnWorkerLost: true };
        return { ...acks, deliveryLimit: 3 };
      },
      ignoresResult: () => false,
      ignoresError: () => false,
      inheritsPriority: false,
      trails: () => true,
      ...over,
    },
    compose: () => [],
    newId: () => 'new',
    replyTo: 'r',
    nowMs: 0,
    dateDone: 'THEN',
  };
}

function documentsOf(request: Request, outcome: Outcome, context = aContext()): string[] {
  const plan = planCompletion(request, outcome, context);
  return plan.kind === 'complete' ? plan.completion.writes.map(({ document }) => document) : [];
}

/** With the times and processes of both replaced. */
function still(text: string | undefined): string | undefined {
  return text
    ?.replace(/"date_done": "[^"]*"/, '"date_done": "THEN"')
    .replace(/"pid": \d+/, '"pid": 1');
}

const NOTHING = { callbacks: null, errbacks: null, chain: null, chord: null };
const error: RemoteError = { type: 'E', module: 'm', args: ['why'], traceback: null };

describe('with resultExtended', () => {
  test.each(['extended_success', 'extended_failure', 'extended_stamped', 'extended_retry'])(
    'STARTED of %s is what Celery stores, byte for byte',
    (name) => {
      const started = planStarted(requestOf(name), aContext(), 1);

      expect(still(started?.writes[0]?.document)).toBe(still(captured(name, 'STARTED')[0]));
      expect(started).toMatchObject({ settle: { kind: 'kept' }, messages: [] });
    },
  );

  test.each([
    ['extended_success', '5'],
    ['extended_stamped', '3'],
  ])('SUCCESS of %s is too', (name, resultText) => {
    const outcome: Outcome = bareOutcome({ kind: 'success', resultText });

    const [document] = documentsOf(requestOf(name), outcome);

    expect(still(document)).toBe(still(captured(name, 'SUCCESS')[0]));
  });

  test('FAILURE and RETRY say which task, worker and arguments they are of', () => {
    const request = requestOf('extended_retry');
    const retry = { dueMs: 0, error, replacement: null, options: null } as const;

    for (const ending of [
      { kind: 'failure', error } as const,
      { kind: 'retry', ...retry } as const,
    ]) {
      const [document = ''] = documentsOf(request, bareOutcome(ending));

      expect(JSON.parse(document)).toMatchObject({
        ...{ name: 'tasks.flaky', args: [], kwargs: {}, worker: 'w1@host1', retries: 0 },
        queue: 'celery',
      });
    }
  });

  test('a task that expired has its arguments too', () => {
    const refusal = { settle: { kind: 'ack' }, status: 'REVOKED', error: expiredError } as const;

    const { writes } = planRefusal(requestOf('extended_success'), refusal, aContext(), 0);

    expect(JSON.parse(writes[0]?.document ?? '')).toMatchObject({
      ...{ status: 'REVOKED', args: [2, 3], worker: 'w1@host1' },
    });
  });

  test('a body that nobody can read has no arguments, but a document', () => {
    const headers = { task: 't', id: 'i' };
    const request = parseRequest(aDelivery({ headers, body: 'no JSON' })) as Request;

    const [document = ''] = documentsOf(request, bareOutcome({ kind: 'malformed', reason: 'why' }));

    expect(JSON.parse(document)).toMatchObject({ status: 'FAILURE', name: 't', args: null });
  });
});

describe('a task whose results are ignored', () => {
  const request = requestOf('extended_success');
  const ignored = { ignoresResult: () => true, ignoresError: () => true };
  const success = bareOutcome({ kind: 'success', resultText: '1' });
  const failure = bareOutcome({ kind: 'failure', error });

  test('stores nothing', () => {
    expect(documentsOf(request, success, aContext(ignored))).toEqual([]);
    expect(documentsOf(request, failure, aContext(ignored))).toEqual([]);
    expect(planStarted(request, aContext(ignored), 1)).toBeUndefined();
  });

  test('stores how it failed where errors are stored all the same', () => {
    const context = aContext({ ...ignored, ignoresError: () => false });

    expect(documentsOf(request, success, context)).toEqual([]);
    expect(documentsOf(request, failure, context)).toHaveLength(1);
  });
});

test('a task without a trail lists nothing as its children, not even its next try', () => {
  const children = [[['child', null], null]] as const;
  const outcome: Outcome = {
    ...bareOutcome({ kind: 'success', resultText: '1' }),
    children,
  };
  const listed = (trails: boolean) =>
    JSON.parse(
      documentsOf(requestOf('extended_success'), outcome, aContext({ trails: () => trails }))[0] ??
        '',
    ).children;

  expect(listed(true)).toEqual(children);
  expect(listed(false)).toEqual([]);
});

describe('a task whose next message cannot be sent', () => {
  const call = (task: string, options: object = {}) => {
    return { task, args: [], kwargs: {}, options, subtask_type: null, immutable: false } as never;
  };
  const embed = {
    ...{ callbacks: null, errbacks: [call('told')], chord: null },
    chain: [call('last', { task_id: 'last' }), call('next', { task_id: 'next' })],
  };
  const nowhere = new RangeError('no such queue');

  /** @param unknown - the tasks that cannot be sent */
  function planned(outcome: Outcome, unknown: readonly string[]) {
    const compose: CompletionContext['compose'] = (tasks) => {
      if (tasks.some(({ task }) => unknown.includes(task))) throw nowhere;
      return tasks.map(({ task }) => ({ queue: task }) as never);
    };
    const context = { ...aContext(), compose };
    const request = requestOf('extended_success');
    expect(() => planCompletion(request, outcome, context)).toThrow(nowhere);
    const { outcome: ended, plan } = planUnsendable(request, outcome, nowhere, context);
    if (plan.kind !== 'complete') throw new Error('it is completed');
    const { writes, messages } = plan.completion;
    const states = writes.map(({ document }) => JSON.parse(document));
    return { ended, states, told: messages.map(({ queue }) => queue) };
  }

  test.each([
    { unknown: ['next'], told: ['told'] },
    { unknown: ['next', 'told'], told: [] },
  ])('has failed, as have all that were to follow it: %j', ({ unknown, told }) => {
    const success = { ...bareOutcome({ kind: 'success', resultText: '1' }), embed };

    const plan = planned(success, unknown);

    expect(plan.states).toMatchObject([
      { status: 'FAILURE', result: { exc_type: 'RangeError' } },
      { status: 'FAILURE', task_id: 'next' },
      { status: 'FAILURE', task_id: 'last' },
    ]);
    expect(plan.told).toEqual(told);
  });

  test('had it failed already, it has failed for its own reason', () => {
    const failure = { ...bareOutcome({ kind: 'failure', error }), embed };

    const plan = planned(failure, ['told']);

    expect(plan.ended).toBe(failure);
    expect(plan.states).toMatchObject([{ result: { exc_type: 'E' } }, {}, {}]);
  });
});

describe('what was to follow a message that never ran', () => {
  const call = (id: string) => {
    const parts = { task: id, args: [], kwargs: {}, subtask_type: null, immutable: false };
    return { ...parts, options: { task_id: id } };
  };
  const embed = { ...NOTHING, chain: [call('last'), call('next')] };
  const body = JSON.stringify([[], {}, embed]);
  const request = parseRequest(aDelivery({ headers: { task: 't', id: 'i' }, body })) as Request;

  function ends(status: 'FAILURE' | 'REVOKED', over: object = {}) {
    const refused = { settle: { kind: 'ack' }, status, error: expiredError, ...over } as const;
    const { writes } = planRefusal(request, refused, aContext(), 0);
    return writes.map(({ document }) => {
      const { task_id: id, status, result } = JSON.parse(document);
      return [id, status, result.exc_type];
    });
  }

  const later = (status: string) => ['next', 'last'].map((id) => [id, status, 'TaskRevokedError']);

  test.each(['FAILURE', 'REVOKED'] as const)('ends with it: %s', (status) => {
    const own = ['i', status, 'TaskRevokedError'];

    expect(ends(status)).toEqual([own, ...later(status)]);
  });

  test('ends even if nothing is stored of the task itself', () => {
    expect(ends('FAILURE', { isIgnored: true })).toEqual(later('FAILURE'));
  });
});

test.each(['yaml', 'zlib'])('arguments written with %s are in the extended results', (how) => {
  const parts = { args: [7], kwargs: {}, embed: NOTHING };
  const given = how === 'yaml' ? { serializer: how } : { compression: how };
  const content = encodeContent(parts, { types: 'typed', ...given });
  const headers = { task: 't', id: 'i', compression: content.compression };
  const body = Buffer.from(content.body, 'latin1').toString('base64');
  const delivery = aDelivery({ ...content, headers, body, bodyEncoding: 'base64' });

  const [document = ''] = documentsOf(
    parseRequest(delivery) as Request,
    bareOutcome({ kind: 'success', resultText: '1' }),
  );

  expect(JSON.parse(document).args).toEqual([7]);
});
