import { describe } from 'vitest';
import { chordsHold } from '../support/chord-suite.ts';
import { startRedis } from '../support/redis.ts';

describe('on Redis', () => {
  chordsHold(async () => (await startRedis()).url);
});
