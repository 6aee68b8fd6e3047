import type { AnySignature, SignatureLike } from '../../canvas/index.ts';
import type { Outcome } from '../../pool/index.ts';
import type { AnyTask } from '../app.ts';
import type { TaskContext, TaskHooks } from '../context.ts';
import type { HookName } from '../hooks.ts';
import { checkReplacement } from './replacement.ts';

/** The hooks around a task, from the outermost to its own. @returns null if there are none, as for most. */
export function hooksAround(task: AnyTask): readonly TaskHooks[] | null {
  const { hooks: own } = task.options;
  const { hooks: shared } = task.app;
  const all = shared.length === 0 ? own && [own] : own ? [...shared, own] : shared;
  return all as readonly TaskHooks[] | null; // nobody makes another context
}

/**
 * From the outermost inwards. Rejects with what the first of them throws.
 * @param entered - gets those that were called, also the one that throws; the ones inside of it never were.
 */
export async function callBefore(
  hooks: readonly TaskHooks[],
  context: TaskContext,
  entered: TaskHooks[],
): Promise<void> {
  for (const each of hooks) {
    entered.push(each);
    await each.before?.(context);
  }
}

/** What hooks are told of: how it ended, and with what. */
export interface Ended {
  readonly kind: Outcome['kind'];
  /** What the function returned. */
  readonly value: unknown;
  /** What was thrown, or what it is tried again for. */
  readonly error: unknown;
}

/**
 * From the innermost outwards, first those of the one kind and then `after`. Nothing they throw changes how the task
 * ended: that is settled, and others may be told of it already.
 * @param onThrown - called with the name of a hook that threw.
 */
export async function callAfter(
  hooks: readonly TaskHooks[],
  context: TaskContext,
  { kind, value, error }: Ended,
  onThrown: (name: HookName, error: unknown) => void,
): Promise<void> {
  const call = async (name: HookName, run: (each: TaskHooks) => unknown) => {
    for (const each of hooks.toReversed()) {
      try {
        await run(each);
      } catch (thrown) {
        onThrown(name, thrown);
      }
    }
  };
  if (kind === 'retry') await call('onRetry', (each) => each.onRetry?.(context, error));
  if (kind === 'success') {
    await call('onSuccess', (each) => each.onSuccess?.(context, value));
    await call('after', (each) => each.after?.(context, { state: 'SUCCESS', result: value }));
  }
  if (kind === 'failure') {
    await call('onFailure', (each) => each.onFailure?.(context, error));
    await call('after', (each) => each.after?.(context, { state: 'FAILURE', error }));
  }
}

/**
 * What takes a task's place once its hooks have been asked, from the innermost outwards. One that throws is told of and
 * changes nothing.
 */
export async function signatureAfter(
  hooks: readonly TaskHooks[],
  context: TaskContext,
  given: SignatureLike,
  onThrown: (error: unknown) => void,
): Promise<SignatureLike> {
  let signature = given;
  for (const each of hooks.toReversed()) {
    try {
      const other = await each.onReplace?.(context, signature as AnySignature);
      if (other === undefined) continue;
      checkReplacement(other);
      signature = other;
    } catch (error) {
      onThrown(error);
    }
  }
  return signature;
}
