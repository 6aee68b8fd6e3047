import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { openBackend, type ResultBackend } from '../../src/backends/index.ts';
import { BrokerUnavailableError } from '../../src/errors.ts';
import { openTransport, type Transport } from '../../src/transports/index.ts';
import { onFileEnd } from '../support/cleanup.ts';
import { startTypeScript } from '../support/process.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { aMember, aPart, chordsOf } from './chord-data.ts';
import { aResult, ids, idsOf, messages, tagsOf } from './data.ts';
import { SLACK } from './harness.ts';

const DAY_MS = 86_400_000;
const soon = (): AbortSignal => AbortSignal.timeout(SLACK * 1_000);
const newFile = (): string => join(tempDir(), 'celeriac.db');

async function open(url: string, connectTimeoutMs = 4_000): Promise<Transport> {
  const transport = await openTransport(url, {
    visibilityTimeoutMs: 3_600_000,
    leaseTimeoutMs: 30_000,
    connectTimeoutMs,
  });
  onFileEnd(() => transport.close());
  return transport;
}

async function backendOf(file: string, expiresMs: number): Promise<ResultBackend> {
  const options = { expiresMs, connectTimeoutMs: 4_000, jsonTypes: 'typed' } as const;
  const backend = await openBackend(`sqlite:${file}`, options);
  onFileEnd(() => backend.close());
  return backend;
}

/** A second connection, as another process has it. */
function connect(file: string): Database.Database {
  const database = new Database(file, { timeout: 5_000 });
  onFileEnd(async () => {
    database.close();
  });
  return database;
}

async function consumerOf(transport: Transport) {
  const consumer = await transport.consume({
    queues: ['celery'],
    nodeName: 'celeriac@test',
    onWake: () => {},
    onNotice: () => {},
  });
  onFileEnd(() => consumer.close());
  return consumer;
}

type Unusable = readonly [what: string, reason: string, spoil: (file: string) => void];
const unusable: readonly Unusable[] = [
  ['is a folder', 'unable to open', (file) => void mkdirSync(file)],
  ['is no database', 'not a database', (file) => writeFileSync(file, 'hello, '.repeat(200))],
  [
    "is another program's",
    'give celeriac a file of its own',
    (file) => void connect(file).exec('create table message (id integer)'),
  ],
  [
    'was written by a newer version',
    'schema 99',
    (file) =>
      void connect(file).exec('pragma application_id = 1128614994; pragma user_version = 99'),
  ],
];

test.each(unusable)('a file that %s is refused by name', async (_, reason, spoil) => {
  const file = newFile();
  spoil(file);

  const error = await open(`sqlite:${file}`).catch((problem: unknown) => problem);

  expect(error).toBeInstanceOf(BrokerUnavailableError);
  expect(String(error)).toContain(file);
  expect(String(error).toLowerCase()).toContain(reason);
});

test('a folder that cannot be made is refused by name', async () => {
  const file = newFile();
  writeFileSync(file, '');

  const opening = open(`sqlite:${file}/below/it.db`);

  await expect(opening).rejects.toThrow(BrokerUnavailableError);
  await expect(open(`sqlite:${file}/below/it.db`)).rejects.toThrow(`${file}/below/it.db`);
});

test('missing folders are made', async () => {
  const file = join(tempDir(), 'a', 'b', 'celeriac.db');

  await open(`sqlite:${file}`);

  expect(existsSync(file)).toBe(true);
});

test('all names of one file have one identity', async () => {
  const file = newFile();
  symlinkSync(file, `${file}.link`);
  const urls = [`sqlite:${file}`, `sqlite:${relative('.', file)}`, `sqlite:${file}.link`];

  const identities: string[] = [];
  for (const url of urls) identities.push(await (await open(url)).store.identity());

  expect(new Set(identities)).toEqual(new Set([file]));
});

test('a publish waits while another process holds the lock', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  const other = connect(file);
  other.exec('begin immediate');

  const publishing = transport.publish(messages(['a']), soon());
  setTimeout(() => other.exec('commit'), 200);

  await expect(publishing).resolves.toBeUndefined();
  expect(await transport.size('celery')).toBe(1);
});

test('a publish that is given up while the file is locked is not delivered later', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  const other = connect(file);
  other.exec('begin immediate');
  const controller = new AbortController();
  const reason = new Error('given up');

  const publishing = transport.publish(messages(['a']), controller.signal);
  const patient = transport.publish(messages(['b']), soon());
  setTimeout(() => controller.abort(reason), 100);

  await expect(publishing).rejects.toBe(reason);
  other.exec('commit');
  await patient;
  const consumer = await consumerOf(transport);
  expect(idsOf(await consumer.claim(10))).toEqual(['b']);
});

test('waiting for the lock does not block the thread', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  const other = connect(file);
  other.exec('begin immediate');
  let longest = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);

  const publishing = transport.publish(messages(['a']), soon());
  setTimeout(() => other.exec('commit'), 400);
  await publishing;

  clearInterval(beat);
  expect(longest).toBeLessThan(SLACK * 50);
});

test('a file that stays locked is given up with the deadline', async () => {
  const file = newFile();
  const other = connect(file);
  other.exec('begin exclusive');

  const opening = open(`sqlite:${file}`, 200);

  await expect(opening).rejects.toThrow(`'sqlite://${file}': locked by another process for 0.2 s`);
});

test('sending to a file that was removed is an error, and a new one can be opened', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });

  await expect(transport.publish(messages(['a']), soon())).rejects.toThrow('removed or replaced');

  const again = await open(`sqlite:${file}`);
  await again.publish(messages(['b']), soon());
  expect(await again.size('celery')).toBe(1);
});

test('a consumer whose file was replaced is woken, and its claim says so', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  let wakes = 0;
  const consumer = await transport.consume({
    queues: ['celery'],
    nodeName: 'celeriac@test',
    onWake: () => {
      wakes += 1;
    },
    onNotice: () => {},
  });

  renameSync(file, `${file}.old`);

  await expect.poll(() => wakes, { timeout: SLACK * 1_000 }).toBeGreaterThan(0);
  await expect(consumer.claim(1)).rejects.toThrow(BrokerUnavailableError);
  renameSync(`${file}.old`, file);
  await consumer.close();
});

test('a queue keeps 10,000 dead letters, the latest', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  const other = connect(file);
  other.exec(`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 10000)
    insert into dead_letter (queue, payload, reason, info, at_ms)
    select queue, i, '', '', ${Date.now()} from n, (select 'celery' as queue union all select 'other')`);
  const consumer = await consumerOf(transport);
  await transport.publish(messages(['a']), soon());
  const [tag = ''] = tagsOf(await consumer.claim(1));

  const settle = { kind: 'dead-letter', reason: 'broken' } as const;
  await consumer.commit([{ tag, settle, writes: [], messages: [] }]);

  const counts = other
    .prepare('select queue, count(*), min(payload + 0) from dead_letter group by queue')
    .raw()
    .all();
  expect(counts).toEqual([
    ['celery', 10_000, 0], // the envelope's text counts as 0
    ['other', 10_000, 1],
  ]);
  const first = other.prepare("select 1 from dead_letter where queue = 'celery' and payload = '1'");
  expect(first.all()).toEqual([]);
});

test('a dead letter is dropped after seven days', async () => {
  const file = newFile();
  const transport = await open(`sqlite:${file}`);
  const other = connect(file);
  const insert = other.prepare("insert into dead_letter values (?, 'celery', '', '', '', ?)");
  insert.run([1, Date.now() - 7 * DAY_MS - 1_000]);
  insert.run([2, Date.now() - 7 * DAY_MS + 60_000]);

  await consumerOf(transport);

  expect(other.prepare('select id from dead_letter').raw().all()).toEqual([[2]]);
});

test('a chord past its time is another one, and is deleted with its parts when a backend opens the file', async () => {
  const file = newFile();
  const backend = await backendOf(file, DAY_MS);
  const [chords, other] = [chordsOf(backend), connect(file)];
  const groups = ['g', 'h'];
  await chords.open(groups.map((groupId) => ({ groupId, size: 1 })));
  await chords.apply(groups.map((group) => aPart(chords, 'm1', { group })));
  const [[left] = []] = other
    .prepare('select min(expires_ms) from chord')
    .raw()
    .all() as number[][];
  other.exec('update chord set expires_ms = 1');

  expect(await chords.findComplete(0, 10)).toEqual([]);
  expect(await chords.drop('g')).toBe(false);
  expect((await chords.read('g')).members).toEqual([]);
  await chords.apply([aPart(chords, 'm2')]);
  expect((await chords.read('g')).members).toEqual([aMember('m2')]);
  await backend.close();
  await backendOf(file, DAY_MS);

  expect(left).toBeGreaterThan(Date.now() + DAY_MS - 60_000);
  const rows = () => other.prepare('select key, task_id from chord, chord_part').raw().all();
  await until(() => rows().length === 1, { deadlineMs: SLACK * 1_000, what: () => `${rows()}` });
  expect(rows()).toEqual([['celery-taskset-meta-g', '"m2"']]);
});

test('a complete chord that was found rests a minute at most, and a part of it ends that', async () => {
  const file = newFile();
  const [chords, other] = [chordsOf(await backendOf(file, DAY_MS)), connect(file)];
  await chords.open([{ groupId: 'g', size: 1 }]);
  await chords.apply([aPart(chords, 'm1')]);
  other.exec('update chord set rest_ms = 40000');

  expect(await chords.findComplete(0, 10)).toHaveLength(1);

  const rests = () => other.prepare('select rest_ms, complete_ms > ? from chord').raw();
  expect(rests().all(Date.now())).toEqual([[60_000, 1]]);
  expect(await chords.findComplete(0, 10)).toEqual([]);
  await chords.apply([aPart(chords, 'm2')]);
  expect(rests().all(Date.now() + 1)).toEqual([[0, 0]]);
});

test('results past their time are deleted when a backend opens the file', async () => {
  const file = newFile();
  const backend = await backendOf(file, 1);
  await backend.apply(ids(2_500).map((taskId) => backend.write(aResult({ taskId }))));
  const lasting = await backendOf(file, 0);
  await lasting.apply([lasting.write(aResult({ taskId: 'for ever' }))]);
  const other = connect(file);

  await backendOf(file, 0);

  const count = (): unknown => other.prepare('select count(*) from result').raw().all()[0];
  await expect.poll(count, { timeout: SLACK * 1_000 }).toEqual([1]);
});

test('a program that closes nothing ends by itself', async () => {
  const script = new URL('./leaving-process.ts', import.meta.url);

  const program = startTypeScript(script, [`sqlite:${newFile()}`]);

  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.stdout).toBe('SUCCESS\n');
});
