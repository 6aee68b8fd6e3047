import { expect, test } from 'vitest';
import { aContext, anApp, recordedIo } from '../../../test/support/cli.ts';
import { report } from './report.ts';

const app = anApp({
  tasks: new Map([['tut2.add', {}]]),
  settings: {
    ...{ brokerUrl: 'redis://u:canary@host', resultBackend: 'redis://:canary@host/1' },
    ...{ taskAcksLate: true, brokerTransportOptions: { leaseTimeout: 30 } },
  },
});

test('it has versions, settings and tasks, and no password', async () => {
  const io = recordedIo();

  const code = await report.run(aContext({ json: false }, { io, app, module: 'tut2.ts' }));

  const text = io.printed.join('\n');
  expect(code).toBe(0);
  expect(text).toContain(`node ${process.versions.node}`);
  expect(text).toContain("brokerUrl: 'redis://u:***@host'");
  expect(text).toContain('module: tut2.ts');
  expect(text).toContain('tut2.add');
  expect(text).not.toContain('canary');
});

test('--json has the same for machines', async () => {
  const io = recordedIo();

  await report.run(aContext({ json: true }, { io, app }));

  const facts = JSON.parse(io.printed.join());
  expect(facts.module).toBeNull();
  expect(facts.versions).toHaveProperty('celeriac');
  expect(facts.apps[0]).toMatchObject({
    name: 'tut2',
    tasks: ['tut2.add'],
    settings: { resultBackend: 'redis://:***@host/1', taskAcksLate: true },
  });
  expect(io.printed.join()).not.toContain('canary');
});
