import { createHash } from 'node:crypto';
import type { FailoverStrategy } from '../../protocol/index.ts';
import { splitUrls } from '../../protocol/index.ts';
import { addressesOf, type RedisAddress, type RedisOptions } from './address.ts';
import { RedisLink } from './link.ts';
import { Route } from './route.ts';
import { RedisSubscriber } from './subscriber.ts';

/** The connections of this process to one Redis URL, or list of them; each exists only once it is used. */
export interface RedisShare {
  readonly commands: RedisLink;
  /** One per server, as channels know no databases. */
  readonly subscriber: RedisSubscriber;
  /** All URLs without their passwords. */
  readonly shown: string;
  /** Of a list: equal for all that use the same servers of it, always. Undefined for a single server. */
  readonly routeId: string | undefined;
  /** Gives the share back; the last one disconnects. Safe to call twice. */
  release(): void;
}

interface Closable {
  close(): void;
}

/** What this process has open, by place and user, with the number of those who use it. */
const open = new Map<string, { readonly value: Closable; users: number }>();
/** Functions have no text to tell them apart by. */
const strategies = new WeakMap<object, number>();
let strategyCount = 0;

/** Joins the connections to a URL, or is the first. Opens nothing yet. @throws ConfigError */
export function shareRedis(urls: string, options: RedisOptions): RedisShare {
  const addresses = addressesOf(urls, options) as [RedisAddress, ...RedisAddress[]];
  const { failover: strategy = 'round-robin', onNotice = () => {} } = options.connection ?? {};
  const places = JSON.stringify(addresses.map((address) => ({ ...address, db: 0, shown: '' })));
  const servers = addresses.length > 1 ? `${places} ${nameOf(strategy)}` : places;
  const shown = addresses.map((address) => address.shown);
  const route = join(`route ${servers}`, () => {
    return new Route({ urls: splitUrls(urls), shown, strategy, onNotice });
  });
  const commands = join(`commands ${addresses[0].db} ${servers}`, () => {
    return new RedisLink(addresses, route.value);
  });
  const subscriber = join(`subscriber ${servers}`, () => {
    return new RedisSubscriber(new RedisLink(addresses, route.value));
  });
  let isReleased = false;
  return {
    commands: commands.value,
    subscriber: subscriber.value,
    shown: shown.join(';'),
    routeId: route.value.isList ? createHash('sha1').update(servers).digest('hex') : undefined,
    release() {
      if (isReleased) return;
      isReleased = true;
      for (const each of [commands, subscriber, route]) each.leave();
    },
  };
}

function nameOf(strategy: FailoverStrategy): string {
  if (typeof strategy === 'string') return strategy;
  const number = strategies.get(strategy) ?? ++strategyCount;
  strategies.set(strategy, number);
  return `function ${number}`;
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
