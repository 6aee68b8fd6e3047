import type { RemoteError } from '../../errors.ts';
import { toWireTime } from '../../protocol/index.ts';
import type { Completion, Settle } from '../../transports/index.ts';
import type { Millis } from '../../util/index.ts';
import { lossesOf } from './losses.ts';
import type { Request } from './request.ts';
import { embedIn, metaOf } from './result-metas.ts';
import { extended, type ResultFacts } from './stored-states.ts';

/** How a message ends that never ran. */
export interface Refused {
  readonly settle: Settle;
  readonly status: 'FAILURE' | 'REVOKED';
  readonly error: RemoteError;
  /** Whether that is not stored of the task itself. */
  readonly isIgnored?: boolean;
}

/** The end of a message that never ran: what its sender is told, also of what was to follow it, and where it goes. */
export function planRefusal(
  request: Pick<Request, 'tag'> & Partial<Request>,
  refused: Refused,
  facts: ResultFacts,
  nowMs: Millis,
): Completion {
  const { tag, replyTo, id, groupId = null, parentId = null, delivery } = request;
  const bare = { tag, replyTo, settle: refused.settle, messages: [] };
  const { backend, reading, onUncounted } = facts;
  if (id === undefined) return { ...bare, writes: [] };
  const dateDone = toWireTime(nowMs);
  const meta = metaOf({ id, groupId, parentId }, refused, dateDone);
  const isStored = backend && !refused.isIgnored;
  const own = isStored ? [backend.write(extended(meta, delivery, facts))] : [];
  if (!delivery) return { ...bare, writes: own };
  const ended = { id, headers: delivery.headers, embed: embedIn(delivery, reading) };
  const { rootId = id } = request;
  const { writes, parts } = lossesOf(ended, refused, { backend, rootId, dateDone, onUncounted });
  return { ...bare, writes: [...own, ...writes], ...(parts.length > 0 && { parts }) };
}
