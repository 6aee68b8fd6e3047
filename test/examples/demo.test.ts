import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.mjs';
import { type RunningProgram, startProgram } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demoLimitMs = 60_000;

/** Starts the demo with a folder of its own for what it leaves behind. */
function startDemo(...args: string[]): { demo: RunningProgram; folder: string } {
  const folder = tempDir();
  const demo = startProgram(process.execPath, [join(root, 'scripts/demo.mjs'), ...args], {
    cwd: folder,
    // a setting of the user's own must not reach the demo
    env: { TMPDIR: folder, CELERY_BROKER_URL: 'redis://nowhere.invalid', NO_COLOR: '1' },
  });
  return { demo, folder };
}

/** The pids of the demo that was given `folder`, and of all that it started. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return environment.includes(`TMPDIR=${folder}`) ? [pid] : [];
      } catch {
        return [];
      }
    });
}

test('the demo on the embedded file shows the tutorial and leaves nothing behind', async () => {
  const startedAt = performance.now();
  const { demo, folder } = startDemo();

  const ending = await demo.exited;

  expect(demo.stderr).toBe('');
  expect(ending).toEqual({ code: 0, signal: null });
  expect(demo.stdout).toContain('group.get({ timeout: 1 })  -4, 4, 10, -1, 16');
  expect(demo.stdout).toContain('✓ 6 programs did what the tutorial says');
  expect(performance.now() - startedAt).toBeLessThan(demoLimitMs);
  expect(readdirSync(folder)).toEqual([]);
  expect(processesIn(folder)).toEqual([]);
});

test('the demo runs on the Redis that it is given', async () => {
  const redis = await startRedis();
  const { demo, folder } = startDemo('--broker', redis.url);

  const ending = await demo.exited;

  expect(demo.stderr).toBe('');
  expect(ending).toEqual({ code: 0, signal: null });
  expect(await redis.cli('GET', 'pos_1')).toContain('"price":0.99');
  expect(readdirSync(folder)).toEqual([]);
});

test('without a server the demo says in one line where it looked, and shows no password', async () => {
  const port = await freePort();
  const { demo } = startDemo('--broker', `redis://:secret@127.0.0.1:${port}/0`);

  const ending = await demo.exited;

  expect(ending.code).toBe(1);
  expect(demo.stderr).toMatch(
    new RegExp(`^cannot reach 'redis://[^\n]*127.0.0.1:${port}/0': [^\n]*ECONNREFUSED[^\n]*\n$`),
  );
  expect(demo.stdout + demo.stderr).not.toContain('secret');
});

test('the demo refuses options that it does not know', async () => {
  const { demo } = startDemo('--brokker', 'redis://');

  const ending = await demo.exited;

  expect(ending.code).toBe(1);
  expect(demo.stderr).toContain('--brokker');
});

test('Ctrl-C ends the demo and all it started', async () => {
  const { demo, folder } = startDemo();
  await demo.waitForLine(/worker ready/, 30_000);

  demo.kill('SIGINT');
  const ending = await demo.exited;

  expect(ending).toEqual({ code: 130, signal: null });
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});
