import { expect, test } from 'vitest';
import { aContext, anApp, recordedIo } from '../../../test/support/cli.ts';
import { explainSettings } from '../../config/index.ts';
import { type ConfigFlags, config } from './config.ts';

const app = anApp({
  explainSettings: () =>
    explainSettings({
      env: { CELERY_BROKER_URL: 'redis://u:canary@host', CELERIAC_COMMAND_LINE: '' },
      options: { resultExpires: 60 },
      configs: [{ values: { task_acks_late: false }, from: 'celeryconfig.ts' }],
    }),
});

async function printed(flags: Partial<ConfigFlags>): Promise<string> {
  const io = recordedIo();
  const options = { names: [], changed: false, json: false, ...flags };
  expect(await config.run(aContext(options, { io, app }))).toBe(0);
  return io.printed.join('\n');
}

test('each setting has its value, its unit and where it is from, and no password', async () => {
  const text = await printed({});

  expect(text).toMatch(/^brokerUrl +'redis:\/\/u:\*\*\*@host' +CELERY_BROKER_URL$/m);
  expect(text).toMatch(/^resultExpires +60 seconds +program$/m);
  expect(text).toMatch(/^taskAcksLate +false +celeryconfig\.ts$/m);
  expect(text).toMatch(/^brokerTransportOptions\.leaseTimeout +30 seconds +default$/m);
  expect(text).not.toContain('canary');
});

test('--changed leaves the defaults out', async () => {
  const lines = (await printed({ changed: true })).split('\n');

  expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual([
    ...['brokerUrl', 'resultExpires', 'taskAcksLate'],
  ]);
});

test('names in any spelling choose, and an object means all that is in it', async () => {
  const text = await printed({ names: ['result_expires', 'broker_transport_options'] });

  expect(text).toContain('resultExpires');
  expect(text).toContain('brokerTransportOptions.visibilityTimeout');
  expect(text).not.toContain('brokerUrl');
});

test('a name that is no setting is refused with the right one', async () => {
  await expect(printed({ names: ['resultExpire'] })).rejects.toThrow(
    "did you mean 'resultExpires'?",
  );
});

test('--json has the same for machines', async () => {
  const settings = JSON.parse(await printed({ json: true, changed: true }));

  expect(settings).toContainEqual({
    ...{ name: 'brokerUrl', value: 'redis://u:***@host', unit: null },
    ...{ from: 'CELERY_BROKER_URL', kind: 'environment' },
  });
  expect(settings).toContainEqual({
    ...{ name: 'resultExpires', value: 60, unit: 'seconds', from: 'program', kind: 'program' },
  });
});
