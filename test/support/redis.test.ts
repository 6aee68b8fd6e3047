import { describe, expect, test } from 'vitest';
import { startRedis, useRedis } from './redis.ts';

describe('useRedis', () => {
  const redis = useRedis();

  test('serves the tests of a file', async () => {
    expect(redis().url).toBe(`redis://127.0.0.1:${redis().port}/0`);
    await redis().cli('SET', 'key', 'two words');
    expect(await redis().cli('GET', 'key')).toBe('two words');
  });

  test('is empty for the next test', async () => {
    expect(await redis().cli('DBSIZE')).toBe('0');
  });

  test('persists nothing', async () => {
    expect(await redis().cli('CONFIG', 'GET', 'save')).toBe('save\n');
    expect(await redis().cli('CONFIG', 'GET', 'appendonly')).toBe('appendonly\nno');
  });

  test('a command that Redis refuses rejects with its error', async () => {
    await expect(redis().cli('GET')).rejects.toThrow('wrong number of arguments');
  });
});

test('a killed server comes back on its port, empty and with another pid', async () => {
  const redis = await startRedis();
  const { port, pid } = redis;
  await redis.cli('SET', 'key', 'value');

  await redis.kill();
  await redis.restart();

  expect(redis.port).toBe(port);
  expect(redis.pid).not.toBe(pid);
  expect(await redis.cli('DBSIZE')).toBe('0');
});

test('args go to the server: with a file of its own it keeps data through a restart', async () => {
  const redis = await startRedis({ args: ['--appendonly', 'yes'] });
  await redis.cli('SET', 'key', 'value');

  await redis.restart();

  expect(await redis.cli('GET', 'key')).toBe('value');
});

test('a frozen server answers when it thaws, and can be stopped frozen', async () => {
  const redis = await startRedis();

  redis.freeze();
  let hasAnswered = false;
  const answer = redis.cli('PING').then((text) => {
    hasAnswered = true;
    return text;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const whileFrozen = hasAnswered;
  redis.thaw();

  expect(whileFrozen).toBe(false);
  expect(await answer).toBe('PONG');
  redis.freeze();
  await redis.stop();
  expect(() => process.kill(redis.pid, 0)).toThrow('ESRCH');
});

test('a server that wants a password counts as started', async () => {
  const redis = await startRedis({ args: ['--requirepass', 'secret'] });

  expect(await redis.cli('-a', 'secret', '--no-auth-warning', 'PING')).toBe('PONG');
});

test('a port that is taken is an error that says so', async () => {
  const redis = await startRedis();

  await expect(startRedis({ port: redis.port })).rejects.toThrow('Address already in use');
});

test('arguments that redis-server refuses come back with its own words', async () => {
  await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(
    /Bad directive|FATAL CONFIG/,
  );
});
