import { nearest } from '../../util/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { parseArgs, parseExpires, parseInstant, parseKwargs } from '../parse.ts';
import { refuseMemory } from '../shared-stores.ts';

/** What `call` takes. */
export interface CallFlags {
  readonly task: string;
  readonly args: string | undefined;
  readonly kwargs: string | undefined;
  readonly countdown: number | undefined;
  readonly eta: string | undefined;
  readonly expires: string | undefined;
  readonly queue: string | undefined;
  readonly exchange: string | undefined;
  readonly routingKey: string | undefined;
  readonly priority: number | undefined;
  readonly serializer: string | undefined;
  readonly compression: string | undefined;
  readonly json: boolean;
}

/** Sends a task and prints its id. */
export const call: Command<CallFlags> = {
  name: 'call',
  summary: 'Send a task by its name, and print its id.',
  options: {
    task: { type: 'operand', help: 'name of the task, such as tut2.add' },
    args: { type: 'string', short: 'a', value: 'json', help: "positional arguments: '[4, 5]'" },
    kwargs: { type: 'string', short: 'k', value: 'json', help: `keyword arguments: '{"x": 4}'` },
    countdown: {
      type: 'number',
      value: 'seconds',
      min: 0,
      help: 'start no sooner than in so long',
    },
    eta: { type: 'string', value: 'time', help: 'start no sooner than at this time (ISO 8601)' },
    expires: {
      type: 'string',
      value: 'when',
      help: 'do not start after so many seconds, or after a time (ISO 8601)',
    },
    queue: { type: 'string', short: 'Q', value: 'name', help: 'queue to send it to' },
    exchange: { type: 'string', value: 'name', help: 'exchange to send it through' },
    routingKey: { type: 'string', value: 'key', help: 'key by which the exchange chooses' },
    priority: { type: 'number', value: '0-9', min: 0, isInteger: true, help: '0 first, 9 last' },
    serializer: {
      type: 'string',
      value: 'name',
      help: 'how to write it: json, yaml, msgpack or pickle; default: the setting taskSerializer',
    },
    compression: { type: 'string', value: 'name', help: 'gzip, zlib, brotli, zstd, or none' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run(context) {
    const { app, io, options } = context;
    const { task, countdown, eta, expires, queue, exchange, routingKey } = options;
    const { priority, serializer, compression } = options;
    refuseMemory('call', { brokerUrl: app.settings.brokerUrl });
    const result = await app.sendTask(task, parseArgs(options.args), {
      kwargs: parseKwargs(options.kwargs),
      ...(countdown === undefined ? {} : { countdown }),
      ...(eta === undefined ? {} : { eta: parseInstant('--eta', eta) }),
      ...(expires === undefined ? {} : { expires: parseExpires(expires) }),
      ...{ queue, exchange, routingKey, priority, serializer, compression },
    });
    io.print(options.json ? JSON.stringify({ id: result.id, task }) : result.id);
    noteUnknown(context);
    return 0;
  },
};

/** A name that the module has not may be another program's; it may also be a slip. */
function noteUnknown({ apps, module, io, isQuiet, options }: CommandContext<CallFlags>): void {
  const names = apps.flatMap((app) => [...app.tasks.keys()]);
  if (isQuiet || module === undefined || names.includes(options.task)) return;
  const near = nearest(options.task, names);
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  io.problem(`sent, but '${module}' has no task '${options.task}'${hint}`);
}
