import { bodyOf, type Delivery } from '../protocol/index.ts';

/** The arguments in a message, whatever they are written in; none where nobody could read them. */
export function readCall(
  message: Omit<Delivery, 'tag' | 'queue'>,
): Readonly<{ args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> }> {
  try {
    const { args, kwargs } = bodyOf(message, {
      accept: [message.contentType ?? 'application/json'],
    });
    return { args, kwargs };
  } catch {
    return { args: [], kwargs: {} };
  }
}
