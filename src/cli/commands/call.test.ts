import { expect, test, vi } from 'vitest';
import { aContext, anApp, recordedIo } from '../../../test/support/cli.ts';
import { type CallFlags, call } from './call.ts';

const none: CallFlags = {
  task: 'tut2.add',
  args: undefined,
  kwargs: undefined,
  countdown: undefined,
  eta: undefined,
  expires: undefined,
  queue: undefined,
  ...{ exchange: undefined, routingKey: undefined, priority: undefined },
  ...{ serializer: undefined, compression: undefined },
  json: false,
};

test('it sends the task with everything that was said, and prints the id', async () => {
  const sendTask = vi.fn(async () => ({ id: 'the-id' }));
  const io = recordedIo();
  const options = {
    ...{ ...none, args: '[4]', kwargs: '{"y": 5}', countdown: 2, queue: 'slow' },
    ...{ eta: '2026-12-24T18:00:00Z', expires: '60', priority: 3, compression: 'gzip' },
    ...{ exchange: 'x', routingKey: 'a.b', serializer: 'yaml' },
  };

  const code = await call.run(aContext(options, { io, app: anApp({ sendTask }) }));

  expect(code).toBe(0);
  expect(io.printed).toEqual(['the-id']);
  expect(sendTask).toHaveBeenCalledWith('tut2.add', [4], {
    ...{ kwargs: { y: 5 }, countdown: 2, queue: 'slow', expires: 60 },
    ...{ eta: new Date('2026-12-24T18:00:00Z'), priority: 3, compression: 'gzip' },
    ...{ exchange: 'x', routingKey: 'a.b', serializer: 'yaml' },
  });
});

test('what was not said is not sent', async () => {
  const sendTask = vi.fn(async () => ({ id: 'the-id' }));

  await call.run(aContext(none, { io: recordedIo(), app: anApp({ sendTask }) }));

  expect(sendTask).toHaveBeenCalledWith('tut2.add', [], { kwargs: {} });
});

test('with --json it prints an object', async () => {
  const io = recordedIo();

  await call.run(aContext({ ...none, json: true }, { io }));

  expect(JSON.parse(io.printed.join())).toEqual({ id: 'the-id', task: 'tut2.add' });
});

test('a name that the module does not have is sent with a note', async () => {
  const io = recordedIo();
  const app = anApp({ tasks: new Map([['tut2.add', {}]]) });
  const options = { ...none, task: 'tut2.ad' };

  await call.run(aContext(options, { io, app, module: 'tut2.ts' }));
  await call.run(aContext(options, { io, app, module: 'tut2.ts', isQuiet: true }));
  await call.run(aContext(options, { io, app }));

  expect(io.problems).toEqual([
    "sent, but 'tut2.ts' has no task 'tut2.ad'; did you mean 'tut2.add'?",
  ]);
});

test('arguments that are no JSON are refused before anything is sent', async () => {
  const sendTask = vi.fn();
  const context = aContext(
    { ...none, args: '4, 5' },
    { io: recordedIo(), app: anApp({ sendTask }) },
  );

  await expect(call.run(context)).rejects.toThrow('--args is not JSON');
  expect(sendTask).not.toHaveBeenCalled();
});
