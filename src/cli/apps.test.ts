import { expect, test, vi } from 'vitest';
import { isBuiltin } from '../app/index.ts';
import { openApps } from './apps.ts';

const nowhere = () => {
  throw new Error('ENOENT');
};

test('URLs of the command line go into the environment, where every executor reads them', async () => {
  const env = { CELERY_BROKER_URL: 'redis://before' };

  await openApps({ broker: 'redis://a', resultBackend: 'redis://b' }, { env, chdir: () => {} });

  expect(env).toEqual({
    ...{ CELERY_BROKER_URL: 'redis://a', CELERY_RESULT_BACKEND: 'redis://b' },
    CELERIAC_COMMAND_LINE: 'brokerUrl,resultBackend',
  });
});

test('so do settings and the module of settings', async () => {
  const env = {};

  await openApps({ set: ['taskAcksLate=no'], config: './prod.ts' }, { env, chdir: () => {} });

  expect(env).toEqual({
    ...{ CELERIAC_TASK_ACKS_LATE: 'no', CELERIAC_COMMAND_LINE: 'taskAcksLate' },
    CELERY_CONFIG_MODULE: './prod.ts',
  });
});

test('a --set without a value and an empty --config are refused', async () => {
  const surroundings = { env: {}, chdir: () => {} };

  await expect(
    openApps({ broker: 'redis://a', set: ['taskAcksLate'] }, surroundings),
  ).rejects.toThrow('--set takes name=value');
  await expect(openApps({ config: '' }, surroundings)).rejects.toThrow('--config must be the path');
});

test('without -A there is one app of no tasks, and the environment stays', async () => {
  const env = {};

  const [app, ...others] = await openApps({}, { env, chdir: () => {} });

  expect([...app.tasks.keys()].filter((name) => !isBuiltin(name))).toEqual([]);
  expect([others, env]).toEqual([[], {}]);
});

test('a URL that cannot be used is refused before anything is loaded, without its password', async () => {
  const flags = { app: 'no-such-module', broker: 'amqp://u:canary@host' };

  const opening = openApps(flags, { env: {}, chdir: () => {} });

  await expect(opening).rejects.toThrow(/'broker' is 'amqp:\/\/u:\*\*\*@host'.* not supported yet/);
});

test('--workdir is entered first', async () => {
  const chdir = vi.fn();

  await openApps({ workdir: '/some/where' }, { env: {}, chdir });

  expect(chdir).toHaveBeenCalledWith('/some/where');
});

test('a --workdir that cannot be entered is refused by name', async () => {
  const opening = openApps({ workdir: '/nowhere' }, { env: {}, chdir: nowhere });

  await expect(opening).rejects.toThrow("must be a folder that can be entered, got '/nowhere'");
});

test('a module that is not there is refused', async () => {
  const opening = openApps({ app: './no-such-module' }, { env: {}, chdir: () => {} });

  await expect(opening).rejects.toThrow("cannot load './no-such-module': no file");
});
