import type { RedisLink } from '../../drivers/redis/index.ts';
import type { ConsumeOptions } from '../transport.ts';

/** Tells a worker what happens to its link. @returns what ends that. */
export function tellOfLink(
  link: RedisLink,
  { onNotice, onLost }: Pick<ConsumeOptions, 'onNotice' | 'onLost'>,
): (() => void)[] {
  let failures = 0;
  return [
    link.onDown.on((error) => {
      onNotice('warn', `${error.summary}; reconnecting`);
      onLost?.(error, 0);
    }),
    link.onFailed.on((error) => onLost?.(error, ++failures)),
    link.onUp.on(() => {
      failures = 0;
      onNotice('info', `connected to '${link.address.shown}' again`);
    }),
  ];
}
