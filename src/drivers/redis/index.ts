export type { RedisAddress, RedisOptions } from './address.ts';
export type { Arg } from './args.ts';
export { RedisLink } from './link.ts';
export { defineScript, type Script } from './script.ts';
export { type RedisShare, shareRedis } from './share.ts';
export { Signal } from './signal.ts';
export { RedisStore } from './store.ts';
export type { RedisSubscriber } from './subscriber.ts';
export { isReplyError, replyCodeOf, unavailable } from './trouble.ts';
