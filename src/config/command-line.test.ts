import { expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { type Environment, setFromCommandLine } from './command-line.ts';
import { explainSettings, resolveSettings } from './resolve.ts';

function environmentOf(assignments: readonly string[], env: Environment = {}): Environment {
  setFromCommandLine(assignments, env);
  return env;
}

function originOf(name: string, env: Environment): string | undefined {
  return explainSettings({ env }).find((each) => each.name === name)?.origin.kind;
}

test('a setting in any spelling goes into its variable, as the command line', () => {
  const env = environmentOf(['task_acks_late=false', 'CELERYD_CONCURRENCY=3', 'resultExpires=5']);

  expect(env).toMatchObject({ CELERIAC_TASK_ACKS_LATE: 'false', CELERIAC_RESULT_EXPIRES: '5' });
  expect(resolveSettings({ env, options: { resultExpires: 7 } })).toMatchObject({
    ...{ taskAcksLate: false, workerConcurrency: 3, resultExpires: 5 },
  });
  expect(originOf('workerConcurrency', env)).toBe('command line');
});

test('a value may have = in it, and the last word about a setting counts', () => {
  const env = environmentOf(['taskDefaultQueue=a', 'task_default_queue=b=c']);

  expect(resolveSettings({ env }).taskDefaultQueue).toBe('b=c');
});

test('nested options join those of the variable, by a dot or as JSON', () => {
  const env = environmentOf(
    ['brokerTransportOptions.leaseTimeout=5', 'broker_transport_options={"visibility_timeout": 9}'],
    { CELERIAC_BROKER_TRANSPORT_OPTIONS: '{"lease_timeout": 7, "visibilityTimeout": 8}' },
  );

  expect(resolveSettings({ env }).brokerTransportOptions).toMatchObject({
    ...{ leaseTimeout: 5, visibilityTimeout: 9 },
  });
  expect(originOf('brokerTransportOptions.leaseTimeout', env)).toBe('command line');
  expect(originOf('brokerTransportOptions.visibilityTimeout', env)).toBe('command line');
});

test("a URL goes into Celery's variable, which programs may read, and takes the place of ours", () => {
  const env = environmentOf(['broker=redis://a'], {
    ...{ CELERY_BROKER_URL: 'redis://b', CELERIAC_BROKER_URL: 'redis://c' },
  });

  expect(env).toEqual({ CELERY_BROKER_URL: 'redis://a', CELERIAC_COMMAND_LINE: 'brokerUrl' });
});

test('results that the program switches off are switched on by the command line', () => {
  const env = environmentOf(['backend=redis://a']);

  expect(resolveSettings({ env, options: { backend: null } }).resultBackend).toBe('redis://a');
});

test('a command started by another takes its settings over as the environment', () => {
  const env = environmentOf([], environmentOf(['resultExpires=5']));

  expect(originOf('resultExpires', env)).toBe('environment');
  expect(env).not.toHaveProperty('CELERIAC_COMMAND_LINE');
});

test.each([
  ['taskAckLate=1', "--set: unknown setting 'taskAckLate'; did you mean 'taskAcksLate'?"],
  ['brokerTransportOptions.lease=1', "unknown setting 'brokerTransportOptions.lease'"],
  ['worker_pidfile=x', "'worker_pidfile' is a setting of Celery's that is for a daemon"],
  ['taskAcksLate=maybe', "'taskAcksLate' must be true or false, got 'maybe'"],
  ['brokerTransportOptions=5', "'brokerTransportOptions' must be an object, got 5"],
  ['taskAcksLate', '--set takes name=value'],
  ['taskAcksLate=', 'the value must not be empty'],
  ['=5', '--set takes name=value'],
])('%s is refused, and nothing changes', (assignment, problem) => {
  const env: Environment = {};

  expect(() => setFromCommandLine(['resultExpires=5', assignment], env)).toThrow(ConfigError);
  expect(() => setFromCommandLine([assignment], env)).toThrow(problem);
  expect(env).toEqual({});
});
