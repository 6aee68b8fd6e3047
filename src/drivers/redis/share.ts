import type { Millis } from '../../util/index.ts';
import { parseRedisUrl, type RedisAddress } from './address.ts';
import { RedisLink } from './link.ts';
import { RedisSubscriber } from './subscriber.ts';

/** The connections of this process to one Redis URL; each exists only once it is used. */
export interface RedisShare {
  readonly address: RedisAddress;
  readonly commands: RedisLink;
  /** One per server, as channels know no databases. */
  readonly subscriber: RedisSubscriber;
  /** Gives the share back; the last one disconnects. Safe to call twice. */
  release(): void;
}

interface Closable {
  close(): void;
}

/** What this process has open, by place and user, with the number of those who use it. */
const open = new Map<string, { readonly value: Closable; users: number }>();

/** Joins the connections to a URL, or is the first. Opens nothing yet. @throws ConfigError */
export function shareRedis(
  url: string,
  options: { readonly connectTimeoutMs: Millis },
): RedisShare {
  const address = parseRedisUrl(url);
  const { host, port, username, password, db } = address;
  const server = JSON.stringify([host, port, username, password]);
  const commands = join(`commands ${db} ${server}`, () => new RedisLink(address, options));
  const subscriber = join(
    `subscriber ${server}`,
    () => new RedisSubscriber(new RedisLink(address, options)),
  );
  let isReleased = false;
  return {
    address,
    commands: commands.value,
    subscriber: subscriber.value,
    release() {
      if (isReleased) return;
      isReleased = true;
      commands.leave();
      subscriber.leave();
    },
  };
}

function join<Value extends Closable>(
  key: string,
  make: () => Value,
): { value: Value; leave: () => void } {
  let entry = open.get(key);
  if (!entry) {
    entry = { value: make(), users: 0 };
    open.set(key, entry);
  }
  const joined = entry;
  joined.users += 1;
  const leave = (): void => {
    joined.users -= 1;
    if (joined.users > 0) return;
    open.delete(key);
    joined.value.close();
  };
  return { value: joined.value as Value, leave };
}
