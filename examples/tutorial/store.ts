/**
 * The tutorial's own little store, which tasks and programs share: text under a name. It has nothing to do
 * with celeriac, just as your database has not. On Redis it is the broker's server (GET and SET); on
 * the embedded file it is a file of its own, CELERIAC_TUTORIAL_STORE or .celeriac/positions.json.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Redis } from 'ioredis';

/** What was stored under a name, null if nothing was. */
export async function read(name: string): Promise<string | null> {
  const url = redisUrl();
  if (url) return withRedis(url, (redis) => redis.get(name));
  return (await readAll())[name] ?? null;
}

export async function write(name: string, text: string): Promise<void> {
  const url = redisUrl();
  if (url) await withRedis(url, (redis) => redis.set(name, text));
  else await writeAll({ ...(await readAll()), [name]: text });
}

export async function remove(name: string): Promise<void> {
  const url = redisUrl();
  if (url) return withRedis(url, async (redis) => void (await redis.del(name)));
  const { [name]: _removed, ...others } = await readAll();
  await writeAll(others);
}

function redisUrl(): string | undefined {
  const broker = process.env.CELERY_BROKER_URL;
  return broker?.startsWith('redis') ? broker : undefined;
}

/** A connection for one command is the simplest that works; a program of yours would keep one. */
async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { retryStrategy: () => null });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

function file(): string {
  return process.env.CELERIAC_TUTORIAL_STORE ?? '.celeriac/positions.json';
}

async function readAll(): Promise<Record<string, string>> {
  const text = await readFile(file(), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return JSON.parse(text) as Record<string, string>;
}

async function writeAll(values: Record<string, string>): Promise<void> {
  await mkdir(dirname(file()), { recursive: true });
  // renamed into place: a task that reads meanwhile sees the old file or the new one, never half of it
  const draft = `${file()}.${process.pid}`;
  await writeFile(draft, JSON.stringify(values, null, 2));
  await rename(draft, file());
}
