import { type Accepted, bodyOf, type Delivery } from '../protocol/index.ts';

/**
 * The arguments in a message, whatever they are written in; none where nobody could read them.
 * @param own - what only its app can read: messages that it has signed
 */
export function readCall(
  message: Omit<Delivery, 'tag' | 'queue'>,
  own: Accepted,
): Readonly<{ args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> }> {
  try {
    const { args, kwargs } = bodyOf(message, {
      accept: [...own, message.contentType ?? 'application/json'],
    });
    return { args, kwargs };
  } catch {
    return { args: [], kwargs: {} };
  }
}
