import { expect, test } from 'vitest';
import type { BannerFacts } from '../worker/index.ts';
import { formatBanner } from './banner.ts';

const facts: BannerFacts = {
  nodeName: 'celeriac@host',
  app: 'tut2',
  version: '1.2.3',
  broker: 'redis://localhost:6379/0',
  backend: null,
  queues: ['celery', 'slow'],
  pool: 'threads',
  concurrency: 4,
  ackMode: 'late',
  connections: 3,
  tasks: ['tut2.mult', 'tut2.add'],
};

test('off a terminal it is plain lines, one fact each', () => {
  const lines = formatBanner(facts, { width: undefined, hasColor: false }).split('\n');

  expect(lines).toEqual([
    'node: celeriac@host',
    'version: 1.2.3',
    'app: tut2',
    'broker: redis://localhost:6379/0',
    'results: off (no result backend)',
    'queues: celery, slow',
    'pool: threads, 4 at once',
    'acks: late: a task is acknowledged when it has run',
    'connections: 3',
    'tasks: tut2.add, tut2.mult',
  ]);
});

test.each([10, 40, 57, 100, 300])('on a terminal of %i columns no line is wider', (width) => {
  const long = {
    ...{ ...facts, tasks: ['a'.repeat(150)], queues: Array(30).fill('queue') },
    nodeName: `${'w'.repeat(120)}@host`,
  };

  const lines = formatBanner(long, { width, hasColor: false }).split('\n');

  const widths = new Set(lines.map((line) => line.length));
  expect(widths).toEqual(new Set([Math.min(Math.max(width, 40), 100)]));
});

test('colours are written only where they are wanted', () => {
  const plain = formatBanner(facts, { width: 80, hasColor: false });
  const colored = formatBanner(facts, { width: 80, hasColor: true });

  expect(plain).not.toContain('\u001b');
  expect(colored).toContain('\u001b[1mceleriac@host  celeriac 1.2.3\u001b[0m');
});

test.each([undefined, 80])('it shows no password and obeys no escape (width %s)', (width) => {
  const odd = { ...facts, broker: 'redis://:canary@host', queues: ['a\u001b[2Jb'] };

  const text = formatBanner(odd, { width, hasColor: false });

  expect(text).not.toContain('canary');
  expect(text).not.toContain('\u001b');
});

test('a worker without tasks or with early acks says so', () => {
  const text = formatBanner(
    { ...facts, tasks: [], ackMode: 'early' },
    { width: undefined, hasColor: false },
  );

  expect(text).toContain('tasks: (none)');
  expect(text).toContain('acks: early');
});
