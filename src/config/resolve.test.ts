import { describe, expect, test } from 'vitest';
import { problemOf as problemOfSources } from '../../test/support/config-problem.ts';
import { resolveSettings, type SettingsSources } from './resolve.ts';
import { type SettingsOptions, settingTable } from './settings.ts';

/** The message of the error that the options cause; as a user without types would give them. */
function problemOf(options: object, sources: SettingsSources = {}): string {
  return problemOfSources({ options: options as SettingsOptions, ...sources });
}

describe('where a value comes from', () => {
  test('without any broker the embedded file is broker and result backend', () => {
    const embedded = 'sqlite:.celeriac/celeriac.db';

    expect(resolveSettings({})).toMatchObject({ brokerUrl: embedded, resultBackend: embedded });
  });

  test('a broker without a backend has no results', () => {
    const settings = resolveSettings({ env: { CELERY_BROKER_URL: 'redis://' } });

    expect(settings).toMatchObject({ brokerUrl: 'redis://', resultBackend: null });
  });

  test('a backend alone leaves the broker embedded, and null switches results off', () => {
    const embedded = { brokerUrl: 'sqlite:.celeriac/celeriac.db' };

    const given = resolveSettings({ options: { backend: 'redis://' } });
    const off = resolveSettings({ options: { backend: null } });

    expect(given).toMatchObject({ ...embedded, resultBackend: 'redis://' });
    expect(off).toMatchObject({ ...embedded, resultBackend: null });
  });

  test('a program that wants no results kept gets its way, wherever its broker is', () => {
    const env = { CELERY_BROKER_URL: 'redis://b', CELERY_RESULT_BACKEND: 'redis://b' };

    const settings = resolveSettings({ env, options: { broker: 'redis://a', backend: null } });

    expect(settings).toMatchObject({ brokerUrl: 'redis://b', resultBackend: null });
  });

  test('a program that wants no results has none, unless the command line says otherwise', () => {
    const env = { CELERY_RESULT_BACKEND: 'redis://b' };

    const settings = resolveSettings({ env, options: { backend: null } });
    const forced = resolveSettings({
      ...{ env, options: { backend: null }, overrides: { backend: 'redis://a' } },
    });

    expect(settings.resultBackend).toBeNull();
    expect(forced.resultBackend).toBe('redis://a');
  });

  test('the command line is stronger than the environment, and that than the program', () => {
    const options = { broker: 'redis://c', backend: 'redis://c', resultExpires: 5 };
    const env = { CELERY_BROKER_URL: 'redis://b', CELERY_RESULT_BACKEND: 'redis://b' };

    const settings = resolveSettings({ overrides: { broker: 'redis://a' }, env, options });

    expect(settings.brokerUrl).toBe('redis://a');
    expect(settings.resultBackend).toBe('redis://b');
    expect(settings.resultExpires).toBe(5);
    expect(settings.taskDefaultQueue).toBe('celery');
  });

  test('an unusable URL in the program does no harm where the environment gives another', () => {
    const settings = resolveSettings({
      env: { CELERY_BROKER_URL: 'redis://' },
      options: { broker: 'amqp://' },
    });

    expect(settings.brokerUrl).toBe('redis://');
  });

  test('an empty variable and an undefined option count as not given', () => {
    const settings = resolveSettings({
      env: { CELERY_BROKER_URL: '' },
      options: { broker: undefined, brokerTransportOptions: undefined, resultExpires: undefined },
    });

    expect(settings.brokerUrl).toBe('sqlite:.celeriac/celeriac.db');
    expect(settings.resultExpires).toBe(86_400);
  });

  test("the transport's options keep their defaults where nothing is said", () => {
    const settings = resolveSettings({ options: { brokerTransportOptions: { leaseTimeout: 5 } } });

    expect(settings.brokerTransportOptions).toMatchObject({
      visibilityTimeout: 3600,
      leaseTimeout: 5,
    });
  });

  test('settings are frozen', () => {
    const settings = resolveSettings({});

    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.brokerTransportOptions)).toBe(true);
  });
});

describe('what is refused', () => {
  const names = [...Object.keys(settingTable), 'brokerTransportOptions', 'broker', 'backend'];

  test.each([
    [{ taskAcksLate: 'yes' }, "'taskAcksLate' must be true or false, got 'yes'"],
    [
      { resultExpires: -1 },
      "'resultExpires' must be seconds from 0, a duration such as { days: 1 }, or null, got -1",
    ],
    [
      { resultExpires: Number.NaN },
      "'resultExpires' must be seconds from 0, a duration such as { days: 1 }, or null, got NaN",
    ],
    [{ brokerSendTimeout: 1e10 }, "'brokerSendTimeout' must be seconds from 0.001 to 2147483"],
    [{ taskDefaultPriority: 10 }, 'must be a whole number from 0 to 9, got 10'],
    [{ workerConcurrency: 1.5 }, 'must be a whole number from 0 to 10000, got 1.5'],
    [
      { brokerTransportOptions: { unackedIndexKey: 'unacked' } },
      "must be two keys, got 'unacked' for both",
    ],
    [
      { brokerTransportOptions: { unackedIndexKey: 'celeriac.leases' } },
      "'brokerTransportOptions.unackedIndexKey' must not begin as keys of other things do",
    ],
    [{ workerPool: 'solo', workerConcurrency: 2 }, "must be 0 or 1 for the pool 'solo', got 2"],
    [{ workerPool: 'prefork' }, "must be 'threads', 'async' or 'solo', got 'prefork'"],
    [
      { taskDefaultQueue: '' },
      "must be a text that is not empty and has no control characters, got ''",
    ],
    [{ taskDefaultQueue: 'a\u0006b' }, "has no control characters, got 'a\\x06b'"],
    [{ broker: null }, "'broker' must be a URL or a list of them, got null"],
    [{ broker: [] }, "'broker' must be a URL or a list of them, got an array"],
    [{ backend: 5 }, "'backend' must be a URL, a list of them, or null, got 5"],
    [{ brokerTransportOptions: 'x' }, "'brokerTransportOptions' must be an object, got 'x'"],
    [
      { broker_transport_options: [] },
      "'broker_transport_options' must be an object, got an array",
    ],
    [{ brokerTransportOptions: { leaseTimeout: [] } }, 'seconds from 0.1 to 2147483, got an array'],
  ])('%j is refused with what was expected and what came', (options, problem) => {
    expect(problemOf(options)).toContain(problem);
  });

  test('two names of one setting must agree', () => {
    expect(problemOf({ broker: 'redis://a', brokerUrl: 'redis://b' })).toContain(
      "'brokerUrl' and 'broker' are one setting and differ",
    );
    expect(problemOf({ broker: 'redis://a', brokerUrl: 'redis://a' })).toBe('no problem');
  });

  test('a URL is called by the name that its giver knows', () => {
    const problem = problemOf({}, { env: { CELERY_BROKER_URL: 'amqp://guest:canary@host' } });

    expect(problem).toContain("'CELERY_BROKER_URL' is 'amqp://guest:***@host'");
  });

  test('all problems are told at once', () => {
    const problem = problemOf({ taskAckLate: true, resultExpires: -1, broker: 'amqp://' });

    expect(problem.split('\n  - ')).toHaveLength(4);
    expect(problem).toMatch(/^invalid settings:\n/);
  });

  test('no error shows a secret, wherever it stands', () => {
    const secret = 'redis://u:canary@host';
    const everywhere = Object.fromEntries(names.map((name) => [name, { secret }]));
    const asText = Object.fromEntries(names.map((name) => [name, `${secret}:x`]));

    const problems = [everywhere, asText, { password: 'canary' }].map((each) => problemOf(each));

    expect(problems.join('\n')).not.toContain('canary');
  });
});

test('a key prefix is refused where there are no keys', () => {
  const brokerTransportOptions = { globalKeyprefix: 'app:' };
  const resultBackendTransportOptions = { globalKeyprefix: 'res' };

  expect(() => resolveSettings({ options: { brokerTransportOptions } })).toThrow(
    "'brokerTransportOptions.globalKeyprefix' is for Redis",
  );
  expect(() =>
    resolveSettings({ options: { backend: 'sqlite:a.db', resultBackendTransportOptions } }),
  ).toThrow("'resultBackendTransportOptions.globalKeyprefix' is for Redis");
  const [broker, backend] = ['redis://a', 'redis://a'];
  const options = { broker, backend, brokerTransportOptions, resultBackendTransportOptions };
  expect(resolveSettings({ options })).toMatchObject({
    ...{ brokerTransportOptions, resultBackendTransportOptions },
  });
  const apart = { brokerReadUrl: 'redis://a', brokerWriteUrl: 'redis://b', brokerTransportOptions };
  expect(() => resolveSettings({ options: { ...apart, backend: 'redis://a' } })).not.toThrow();
});

test('options of Celery that results have no use for are refused with the reason', () => {
  const options = { resultBackendTransportOptions: { visibilityTimeout: 5 } } as object;

  expect(() => resolveSettings({ options })).toThrow('results are not claimed');
});
