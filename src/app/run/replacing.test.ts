import { describe, expect, test } from 'vitest';
import { aJob, runnerOf } from '../../../test/support/runs.ts';
import { chord, group, Signature } from '../../canvas/index.ts';
import type { Outcome } from '../../pool/index.ts';
import { decodeBody, type OutgoingMessage } from '../../protocol/index.ts';
import type { CeleryOptions } from '../celery-options.ts';
import type { TaskContext } from '../context.ts';
import type { TaskOptions } from '../task-options.ts';

const aSignature = (task: string, options: object = {}, args: readonly unknown[] = []) => ({
  ...{ task, args, kwargs: {}, options, subtask_type: null, immutable: false },
});

type Other = (...args: readonly unknown[]) => Signature<unknown[], unknown>;
type Replacing = (task: TaskContext, other: Other) => unknown;

/** Runs a task that replaces itself, by `t.other` if it is not said by what. */
async function replacing(
  options: TaskOptions & { settings?: CeleryOptions } = {},
  job: Parameters<typeof aJob>[0] = {},
  fn: Replacing = (task, other) => task.replace(other(1)),
) {
  const { settings, ...own } = options;
  const { app, runner, lines } = runnerOf(
    { ...own, bind: true },
    (task: TaskContext) => fn(task, (...args) => app.signature('t.other', args)),
    { settings: { broker: 'redis://', ...settings } },
  );
  return { outcome: await runner.run(aJob(job)), lines };
}

function onlyMessage(outcome: Outcome): OutgoingMessage {
  if (outcome.kind !== 'replaced') throw new Error(JSON.stringify(outcome));
  const [message, ...others] = outcome.messages;
  if (!message || others.length > 0) throw new Error(`${outcome.messages.length} messages`);
  return message;
}

const embedOf = (message: OutgoingMessage) =>
  decodeBody({ ...message, bodyEncoding: 'utf-8' }).embed;

const bodyWith = (embed: object) => {
  const nothing = { callbacks: null, errbacks: null, chain: null, chord: null };
  return JSON.stringify([[], {}, { ...nothing, ...embed }]);
};

describe('a task that is replaced', () => {
  test('hands on all that was to follow it, its place, and who waits for it', async () => {
    const embed = {
      callbacks: [aSignature('t.callback')],
      errbacks: [aSignature('t.errback')],
      chain: [aSignature('t.later', { task_id: 'later' })],
      chord: aSignature('t.body', { task_id: 'body' }),
    };
    const headers = { root_id: 'root', parent_id: 'p', group: 'g', group_index: 3 };
    const place = { ...headers, replaced_task_nesting: 2, retries: 1 };

    const { outcome } = await replacing(
      {},
      { headers: place, body: bodyWith(embed), replyTo: 'who' },
    );

    const message = onlyMessage(outcome);
    expect(outcome).toMatchObject({ embed: null, chords: [], groups: [] });
    expect(message.headers).toMatchObject({
      ...{ task: 't.other', id: 'i', root_id: 'root', parent_id: 'i', retries: 0 },
      replaced_task_nesting: 3,
    });
    expect(message.properties).toMatchObject({ correlation_id: 'i', reply_to: 'who' });
    const { callbacks, errbacks, chain } = embedOf(message);
    expect([callbacks, errbacks, chain].map((each) => each?.map(({ task }) => task))).toEqual([
      ...[['t.callback'], ['t.errback'], ['t.later']],
    ]);
    expect(chain?.[0]?.options).toMatchObject({ task_id: 'later', replaced_task_nesting: 3 });
  });

  test.each([
    [false, []],
    [true, ['t.errback']],
  ])('hands its errbacks to the header of a chord, if that is asked for: %s', async (is, each) => {
    const settings = { taskAllowErrorCbOnChordHeader: is, backend: 'redis://' };
    const body = bodyWith({ errbacks: [aSignature('t.errback')] });

    const { outcome } = await replacing({ settings }, { body }, (task, other) =>
      task.replace(chord([other(1)], other().setImmutable())),
    );

    const errbacks = embedOf(onlyMessage(outcome)).errbacks ?? [];
    expect(errbacks.map(({ task }) => task)).toEqual(each);
  });

  test('hands on its stamps beside those of what replaces it, which come first', async () => {
    const headers = { stamped_headers: ['tenant', 'step'], stamps: { tenant: 'acme', step: 1 } };

    const { outcome } = await replacing({}, { headers }, (task, other) =>
      task.replace(other(1).stamp({ step: 2, own: true })),
    );

    const { stamped_headers, stamps } = onlyMessage(outcome).headers;
    expect(stamps).toEqual({ tenant: 'acme', step: 2, own: true });
    expect([...(stamped_headers ?? [])].sort()).toEqual(['own', 'step', 'tenant']);
  });

  test('by a group becomes a chord, whose size is told before anything is sent', async () => {
    const { outcome } = await replacing({}, {}, (task, other) =>
      task.replace(group([other(1), other(2)])),
    );

    if (outcome.kind !== 'replaced') throw new Error(outcome.kind);
    expect(outcome.messages.map(({ headers }) => headers.group_index)).toEqual([0, 1]);
    const groupId = outcome.messages[0]?.headers.group;
    expect(outcome.chords).toEqual([{ groupId, size: 2 }]);
  });

  test('is no error that is tried again', async () => {
    const { outcome } = await replacing({ autoretryFor: [Error] });

    expect(outcome.kind).toBe('replaced');
  });

  test('fails if what is to replace it cannot be sent', async () => {
    const { outcome } = await replacing(
      {},
      { body: bodyWith({ errbacks: [aSignature('t.e')] }) },
      (task, other) => task.replace(other(() => {})),
    );

    expect(outcome).toMatchObject({
      kind: 'failure',
      error: { type: 'EncodeError' },
      embed: { errbacks: [{ task: 't.e' }] },
    });
  });

  test('hands on its priority where that is inherited', async () => {
    const settings = { taskInheritParentPriority: true };

    const inherited = await replacing({ settings }, { priority: 7 });
    const own = await replacing({}, { priority: 7 });

    expect(onlyMessage(inherited.outcome).properties.priority).toBe(7);
    expect(onlyMessage(own.outcome).properties.priority).toBe(0);
  });
});

describe('the hook onReplace', () => {
  test('may put another signature in its place, and is the only one called after the task', async () => {
    const calls: string[] = [];
    const note = (name: string) => () => void calls.push(name);

    const { outcome } = await replacing({
      ...{ after: note('after'), onSuccess: note('onSuccess'), onFailure: note('onFailure') },
      onReplace: (task, signature) => {
        calls.push(`${task.request.id} ${signature.data.task}`);
        return signature instanceof Signature ? signature.stamp({ seen: 1 }) : undefined;
      },
    });

    expect(onlyMessage(outcome).headers.stamps).toEqual({ seen: 1 });
    expect(calls).toEqual(['i t.other']);
  });

  test('that throws is logged and changes nothing', async () => {
    const { outcome, lines } = await replacing({
      onReplace: () => {
        throw new RangeError('hook');
      },
    });

    expect(onlyMessage(outcome).headers.task).toBe('t.other');
    expect(lines.map(({ message }) => message).join()).toMatch(
      /hook 'onReplace' of t.it\[i\] threw.*hook/,
    );
  });

  test('is called for what the hook before it puts in its place', async () => {
    const { outcome } = await replacing({
      before: (task) => task.replace(task.app.signature('t.early')),
      onReplace: (_, { data }) => {
        if (data.task !== 't.early') throw new Error(data.task);
      },
    });

    expect(onlyMessage(outcome).headers.task).toBe('t.early');
  });
});

describe('a bound task that celery.map calls', () => {
  const mapped = (fn: (task: TaskContext, n: number) => unknown) => {
    const { runner } = runnerOf({ bind: true }, fn, { settings: { broker: 'redis://' } });
    const kwargs = { task: aSignature('t.it'), it: [1, 2] };
    const headers = { task: 'celery.map', retries: 2 };
    const body = JSON.stringify([[], kwargs, {}]);
    return runner.run(aJob({ task: 'celery.map', headers, body }));
  };

  test('has a name, options and arguments of its own, and the rest of the message', async () => {
    const outcome = await mapped(({ name, request }, n) => [
      name,
      n,
      request.args,
      request.task,
      request.retries,
    ]);

    if (outcome.kind !== 'success') throw new Error(outcome.kind);
    expect(JSON.parse(outcome.resultText)).toEqual([
      ['t.it', 1, [1], 'celery.map', 2],
      ['t.it', 2, [2], 'celery.map', 2],
    ]);
  });

  test('cannot be tried again or replaced, and fails the whole with what it would be tried again for', async () => {
    const why = new RangeError('busy');
    const retried = await mapped((task, _n) => {
      throw task.retry({ exc: why });
    });
    const bare = await mapped((task, _n) => {
      throw task.retry();
    });
    const replaced = await mapped((task, n) => task.replace(task.app.signature('t.x', [n])));

    expect(retried).toMatchObject({ kind: 'failure', error: { type: 'RangeError' } });
    for (const [outcome, what] of [
      [bare, 'retry()'],
      [replaced, 'replace()'],
    ] as const) {
      const args = [
        expect.stringContaining(
          `task 't.it' is called by 'celery.map' and has no message of its own, so that it cannot ${what}`,
        ),
      ];
      expect(outcome).toMatchObject({
        kind: 'failure',
        error: { type: 'NotSupportedError', args },
      });
    }
  });
});
