import { type Accepted, type Body, bodyOf, type Delivery } from '../protocol/index.ts';

/**
 * The arguments in a message, whatever they are written in; none where nobody could read them.
 * @param own - what only its app can read: messages that it has signed
 */
export function readCall(
  message: Omit<Delivery, 'tag' | 'queue'>,
  own: Accepted,
): Readonly<{ args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> }> {
  const { args = [], kwargs = {} } = readBody(message, own) ?? {};
  return { args, kwargs };
}

/** All that a message has in its body; undefined where nobody could read it. */
export function readBody(
  message: Omit<Delivery, 'tag' | 'queue'>,
  own: Accepted,
): Body | undefined {
  try {
    return bodyOf(message, { accept: [...own, message.contentType ?? 'application/json'] });
  } catch {
    return undefined;
  }
}
