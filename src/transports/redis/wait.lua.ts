import { defineScript } from '../../drivers/redis/index.ts';
import { firstAwaited, type Layout } from './layout.ts';

/** The keys of `wait` for a worker and its queues: worked out once, as it is called for every other task. */
export function waitKeys(
  layout: Layout,
  prefix: string,
  queues: readonly string[],
): readonly string[] {
  const idle = queues.map((queue) => layout.idleKey(queue));
  return [layout.readyKey(prefix), ...layout.listKeys(queues), ...idle];
}

/**
 * Enters a worker among those that wait, unless there is something to claim: whoever publishes next then claims
 * in its name (`publish.lua.ts`). What it waited for until now is over. Who only goes on waiting is not entered once
 * that was handed over: what is on its way takes the place that the worker still sees free.
 *
 * KEYS  what the worker would take (text), then the queue lists, then per queue its idle workers (list of tag
 *       prefixes, next first)
 * ARGV  tag prefix, number of the first tag, count, lease and for how long it waits (seconds), count of queues, 1 to go on waiting
 * reply 1 if there is something to claim, 2 if there is nothing to go on with, else 0; what it waited for until now,
 *       '' if that was handed over or nothing
 */
const lua = /* lua */ `
local queues = tonumber(ARGV[5])
if redis.call('EXISTS', unpack(KEYS, 2, #KEYS - queues)) > 0 then
  return {1, redis.call('GETDEL', KEYS[1]) or ''}
end
if ARGV[6] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then return {2, ''} end
local ready = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
for idle = #KEYS - queues + 1, #KEYS do
  redis.call('LREM', KEYS[idle], 0, ARGV[1])
  redis.call('RPUSH', KEYS[idle], ARGV[1])
  redis.call('EXPIRE', KEYS[idle], ARGV[4])
end
return {0, redis.call('SET', KEYS[1], ready, 'EX', ARGV[4], 'GET') or ''}
`;

/** Who waits, and for what. */
export interface WaitInput {
  /** From `waitKeys`. */
  readonly keys: readonly string[];
  readonly queues: number;
  readonly prefix: string;
  readonly first: number;
  readonly count: number;
  readonly leaseSeconds: number;
  /** Whether it waits already, as far as it knows. */
  readonly isGoingOn: boolean;
}

/** What came of it. */
export interface WaitReply {
  readonly isMoreWaiting: boolean;
  /** Whether it is among those that wait now. */
  readonly isEntered: boolean;
  /** The first number of what it waited for before and was not handed over. */
  readonly withdrawn: number | undefined;
}

/** Begins to wait. */
export const wait = defineScript({
  lua,
  keys: ({ keys }: WaitInput) => keys,
  argv: ({ prefix, first, count, leaseSeconds, queues, isGoingOn }) => {
    return [prefix, first, count, leaseSeconds, queues, isGoingOn ? 1 : 0];
  },
  parse(reply): WaitReply {
    const [what, waited] = reply as [number, string];
    const withdrawn = firstAwaited(waited);
    return { isMoreWaiting: what === 1, isEntered: what === 0, withdrawn };
  },
});
