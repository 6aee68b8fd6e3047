import type { MessageProperties } from '../protocol/index.ts';

/** Properties of AMQP's that mean nothing to workers, by their names on the wire. */
const names: readonly string[] = [
  ...['app_id', 'user_id', 'message_id', 'cluster_id', 'type', 'timestamp'],
];

/** Those that options, or the properties of a message, have; undefined, as nearly always, if there are none. */
export function extrasOf(
  from: Readonly<Record<string, unknown>>,
): Pick<MessageProperties, 'extra'> | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const name in from) {
    if (!names.includes(name)) continue;
    extra ??= {};
    extra[name] = from[name];
  }
  return extra && { extra };
}
