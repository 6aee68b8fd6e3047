import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { expect } from 'vitest';
import { settings } from '../../fixtures/routed.ts';
import { tempDir } from '../../support/temp.ts';
import { consumeFrom, openTestTransport } from '../../support/transports.ts';
import { SOON } from '../crossing.ts';
import { eventually, type Place } from '../place.ts';
import type { Row } from '../row.ts';

/** Sends through an exchange with Python's client. @returns the id */
async function through(place: Place, task: string, exchange: string, key: string) {
  return (await place.python.evaluate(`through('${task}', '${exchange}', '${key}')`)) as string;
}

const topics = ['one', 'more', 'all'];
const keys = ['a', 'a.b', 'a.b.c', 'b.a'];
/** Of those keys, in the order of the queues: `a.*` fits `a.b.c`, and `a.#` does not fit `a`. */
const fitting = [['a.b', 'a.b.c'], ['a.b', 'a.b.c'], keys];

function serverOf(place: Place): string {
  return place.redis.url.replace(/\/\d+$/, '');
}

/** Which routing keys came into the queues of the topic exchange, from which no worker takes. Empties them. */
async function received(place: Place): Promise<string[][]> {
  return Promise.all(
    topics.map(async (queue) => {
      const texts = (await place.cli('LRANGE', queue, '0', '-1')).split('\n').filter(Boolean);
      await place.cli('DEL', queue);
      return texts
        .map((text) => JSON.parse(text).properties.delivery_info.routing_key as string)
        .toSorted();
    }),
  );
}

/** Waits until workers of both languages have written down that a broadcast came. */
async function bothTold(path: string): Promise<void> {
  const lines = () => readFileSync(path, 'utf8').split('\n').filter(Boolean).toSorted();
  await eventually('both workers to be told', () => lines().length === 2);
  expect(lines()).toEqual(['ours', 'python']);
}

function aNote(): string {
  const path = join(tempDir(), 'told');
  writeFileSync(path, '');
  return path;
}

/** The sets of bindings in a database, by exchange; rows of Python's own broadcast queues have a random name. */
async function bindings(place: Place, db: number): Promise<Record<string, string[]>> {
  const cli = (...args: string[]) => place.redis.cli('-n', String(db), ...args);
  const sets = (await cli('KEYS', '_kombu.binding.*')).split('\n').filter(Boolean).toSorted();
  const rows = sets.map(async (set) => {
    const lines = (await cli('SMEMBERS', set)).split('\n').toSorted();
    return [set, lines.map((line) => line.replace(/bcast\..*/, 'bcast'))] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}

/** What our workers declare in one database is what Python declares in another. */
async function rowsAreEqual(place: Place): Promise<void> {
  const base = serverOf(place);
  await place.python.evaluate(`declare_all('${base}/14')`);
  await consumeFrom(await openTestTransport(`${base}/15`), {
    ...{ queues: [], declare: place.app.router.queues.all },
  });

  const [python, ours] = [await bindings(place, 14), await bindings(place, 15)];
  const { '_kombu.binding.everyone': _broadcast, ...others } = ours;
  expect(Object.keys(python)).toEqual(
    ['logs', 'news', 'tasks'].map((name) => `_kombu.binding.${name}`),
  );
  expect(others).toEqual(python);
  // a worker's own queue of a broadcast is there as long as it runs: here Python's worker and ours
  const { '_kombu.binding.everyone': rows } = await bindings(place, 3);
  expect(rows).toEqual(Array(2).fill('task.default\x06\x16\x06\x16bcast'));
}

export const rows: readonly Row[] = [
  {
    name: "exchange, fanout, that Python's client has not declared yet",
    notes:
      "it takes it for a direct one, and pushes into the queues of our workers; Python's do not look there",
    async pythonToUs(place) {
      const path = aNote();
      await place.python.call('both.tell', [path], { queue: 'everyone' });
      await eventually('our worker to be told', () => readFileSync(path, 'utf8') === 'ours\n');
    },
    async usToPython(place) {
      const path = aNote();
      await using app = new Celery('new', { ...settings, broker: `${serverOf(place)}/3` });
      await app.sendTask('both.tell', [path], { queue: 'everyone' });
      await bothTold(path);
    },
  },
  {
    name: 'rows of `_kombu.binding.…`',
    notes:
      'of direct, topic and fanout exchanges, byte for byte; a client of either side writes those of the queue that it sends to, also before a worker has started',
    pythonToUs: rowsAreEqual,
    async usToPython(place) {
      const broker = `${serverOf(place)}/13`;
      await using app = new Celery('first', { ...settings, broker });
      await app.sendTask('py.where', [], { queue: 'sport.python' });
      expect(await bindings(place, 13)).toEqual({
        '_kombu.binding.news': ['python\x06\x16\x06\x16sport.python'],
      });
    },
  },
  {
    name: 'exchange, direct',
    async pythonToUs(place) {
      const id = await through(place, 'ours.where', 'news', 'ours');
      await expect(place.python.get(id)).resolves.toEqual(['sport.ours', 'news', 'ours']);
    },
    async usToPython(place) {
      const way = { exchange: 'news', routingKey: 'python' };
      const result = await place.app.sendTask('py.where', [], way);
      await expect(result.get(SOON)).resolves.toEqual(['news', 'python']);
    },
  },
  {
    name: 'exchange, topic',
    notes: "Kombu's regular expressions: `a.*` fits `a.b.c`, and `a.#` does not fit `a`",
    async pythonToUs(place) {
      await place.app.sendTask('any', [], { queue: 'all' }); // declares what is bound to the exchange
      await received(place);
      for (const key of keys) await through(place, 'any', 'logs', key);
      expect(await received(place)).toEqual(fitting);
    },
    async usToPython(place) {
      for (const routingKey of keys) {
        await place.app.sendTask('any', [], { exchange: 'logs', routingKey });
      }
      expect(await received(place)).toEqual(fitting);
      const way = { exchange: 'tasks', routingKey: 'python.x.y' };
      const result = await place.app.sendTask('py.where', [], way);
      await expect(result.get(SOON)).resolves.toEqual(['tasks', 'python.x.y']);
    },
  },
  {
    name: 'exchange without a fitting queue',
    notes: 'Kombu drops the message without a word; ours refuses to send it',
    async pythonToUs(place) {
      const id = await through(place, 'ours.where', 'news', 'nowhere');
      await expect(place.python.state(id)).resolves.toBe('PENDING');
    },
    async usToPython(place) {
      const way = { exchange: 'news', routingKey: 'nowhere' };
      const sending = place.app.sendTask('py.where', [], way);
      await expect(sending).rejects.toMatchObject({ code: 'MESSAGE_UNROUTABLE' });
    },
  },
  {
    name: 'exchange, fanout: a broadcast',
    notes: 'workers of both languages get it, whoever sends it',
    async pythonToUs(place) {
      const path = aNote();
      await place.python.evaluate(`broadcast('both.tell', '${path}')`);
      await bothTold(path);
    },
    async usToPython(place) {
      const path = aNote();
      await place.app.sendTask('both.tell', [path], { queue: 'everyone' });
      await bothTold(path);
    },
  },
  {
    name: 'fanout and the number of the database',
    notes: 'channels know no databases, so it is a part of their names',
    async pythonToUs(place) {
      await place.python.evaluate('listen()');
      await place.python.evaluate(`broadcast('both.tell', '${aNote()}')`);
      await expect(place.python.evaluate('heard()')).resolves.toBe('/3.everyone/task.default');
    },
    async usToPython(place) {
      await place.python.evaluate('listen()');
      await place.app.sendTask('both.tell', [aNote()], { queue: 'everyone' });
      await expect(place.python.evaluate('heard()')).resolves.toBe('/3.everyone/task.default');
    },
  },
  {
    name: 'names of the default queue, exchange and routing key',
    notes: 'what says nothing of its way goes by them',
    async pythonToUs(place) {
      const id = await place.python.call('ours.where', []);
      await expect(place.python.get(id)).resolves.toEqual(['default', 'tasks', 'task.default']);
    },
    async usToPython(place) {
      const sent = await place.app.sendTask('any', [], { queue: 'one' });
      const { properties } = JSON.parse(await place.cli('LPOP', 'one'));
      expect(properties.delivery_info).toEqual({ exchange: 'logs', routing_key: 'a.*' });
      expect(properties.correlation_id).toBe(sent.id);
      const byDefault = await place.app.sendTask('ours.where');
      await expect(byDefault.get(SOON)).resolves.toEqual(['default', 'tasks', 'task.default']);
    },
  },
  {
    name: '`task_routes`',
    notes: "the sender's, with a queue and a routing key",
    async pythonToUs(place) {
      const id = await place.python.call('ours.routed', []);
      await expect(place.python.get(id)).resolves.toBe('ours.routed');
    },
    async usToPython(place) {
      const result = await place.app.sendTask('py.routed');
      await expect(result.get(SOON)).resolves.toBe('python.routed');
    },
  },
  {
    name: 'number of the database; results in another one',
    notes: 'messages in 3, results in 4, nothing in 0',
    async pythonToUs(place) {
      const id = await place.python.call('ours.echo', [1], { queue: 'ours' });
      await expect(place.python.get(id)).resolves.toEqual([1]);
      await inTheirPlace(place, id);
    },
    async usToPython(place) {
      const result = await place.app.sendTask('py.add', [1, 2], { queue: 'python' });
      await expect(result.get(SOON)).resolves.toBe(3);
      await inTheirPlace(place, result.id);
    },
  },
];

async function inTheirPlace(place: Place, id: string): Promise<void> {
  const key = `celery-task-meta-${id}`;
  await expect(place.redis.cli('-n', '4', 'EXISTS', key)).resolves.toBe('1');
  await expect(place.cli('EXISTS', key)).resolves.toBe('0');
  await expect(place.redis.cli('-n', '0', 'DBSIZE')).resolves.toBe('0');
}
