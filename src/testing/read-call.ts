import { type Delivery, decodeBody } from '../protocol/index.ts';

/** The arguments in a message, whatever they are written in; none where nobody could read them. */
export function readCall(
  message: Omit<Delivery, 'tag' | 'queue'>,
): Readonly<{ args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> }> {
  const { compression } = message.headers;
  const part = { ...message, compression: typeof compression === 'string' ? compression : null };
  try {
    const { args, kwargs } = decodeBody(part, [message.contentType ?? 'application/json']);
    return { args, kwargs };
  } catch {
    return { args: [], kwargs: {} };
  }
}
