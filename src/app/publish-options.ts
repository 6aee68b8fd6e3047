import { type SignatureOptions, toWireOptions, type WireOptions } from '../canvas/index.ts';

/** How the messages of a task are sent, unless who sends one says otherwise. */
export interface PublishOptions extends Pick<SignatureOptions, (typeof publishNames)[number]> {}

/** Their names. Source: `extract_exec_options` in Celery's `app/task.py`. */
export const publishNames = [
  ...(['queue', 'exchange', 'exchangeType', 'routingKey', 'priority', 'deliveryMode'] as const),
  ...(['serializer', 'compression', 'expires', 'timeLimit', 'softTimeLimit'] as const),
] as const satisfies readonly (keyof SignatureOptions)[];

/** By Celery's names; undefined if nothing is said. @throws ConfigError, NotSupportedError */
export function resolvePublish(options: PublishOptions): WireOptions | undefined {
  const given = publishNames.map((name) => [name, options[name]] as const);
  const wire = toWireOptions(Object.fromEntries(given));
  return Object.keys(wire).length > 0 ? Object.freeze(wire) : undefined;
}
