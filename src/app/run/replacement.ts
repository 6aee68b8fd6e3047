import {
  checkReplacing,
  type PlanContext,
  planReplacement,
  type Replaced,
  type SignatureLike,
} from '../../canvas/index.ts';
import { ConfigError } from '../../errors.ts';
import type { Replacement } from '../../pool/index.ts';
import type { SignatureData } from '../../protocol/index.ts';
import type { TaskRequest } from '../context.ts';
import type { Replace } from '../control.ts';
import { type PlanTerms, planTermsOf } from '../plan-terms.ts';
import { currentRun, type RunningTask } from './running-task.ts';

/**
 * The messages that take a task's place, composed on its behalf: they may have its priority.
 * @throws EncodeError, PayloadTooLargeError, QueueNotFoundError and the like for what cannot be sent
 */
export function replacementBy(
  ending: Replace | Handover,
  running: RunningTask,
  counting: Pick<PlanContext, 'countsChords'> = {},
): Replacement {
  if (ending instanceof Handover) return ending.replacement;
  const terms = planTermsOf(running.app, counting);
  return currentRun.run(running, () => composed(ending.signature.data, running, terms));
}

/** Whoever waits for the task is told of what its replacement comes to. */
function composed(
  signature: SignatureData,
  { app, context: { request } }: RunningTask,
  terms: PlanTerms,
): Replacement {
  const context = { ...terms, replyTo: request.replyTo ?? terms.replyTo };
  const {
    tasks,
    chords = [],
    groups = [],
  } = planReplacement(replaced(request), signature, context);
  return { messages: app.compose(tasks), chords, groups };
}

function replaced(request: TaskRequest): Replaced {
  const { id, rootId, groupId: group, groupIndex, replacedTaskNesting: nesting } = request;
  const { callbacks, errbacks, chain, chord, stampedHeaders, stamps } = request;
  const embed = { callbacks, errbacks, chain, chord };
  const own = { ...stamps, stamped_headers: stampedHeaders };
  return {
    ...{ id, rootId, group, groupIndex, embed, nesting },
    stamps: stampedHeaders.length === 0 ? undefined : own,
  };
}

/** @throws ConfigError for what cannot take a task's place */
export function checkReplacement(signature: unknown): asserts signature is SignatureLike {
  if (!isSignature(signature)) {
    const seen = signature === null ? 'null' : typeof signature;
    throw new ConfigError(`replace() takes a signature such as task.s(1, 2), got ${seen}`);
  }
  checkReplacing(signature.data);
}

/** Whether something has what is sent of a signature. */
export function isSignature(value: unknown): value is SignatureLike {
  if (typeof value !== 'object' || value === null || !('data' in value)) return false;
  const { data } = value;
  return typeof data === 'object' && data !== null && 'task' in data && 'options' in data;
}

/** Thrown by a task of Celery's that ends with messages of its own making; they leave with the acknowledgement of its own. */
export class Handover extends Error {
  readonly replacement: Replacement;
  constructor(replacement: Replacement) {
    super('messages are to be sent in its place');
    this.replacement = replacement;
  }
}
