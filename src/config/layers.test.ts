import { describe, expect, test } from 'vitest';
import { problemOf } from '../../test/support/config-problem.ts';
import { settingRows } from './catalogue.ts';
import { explainSettings, resolveSettings, type SettingsSources } from './resolve.ts';
import { nestedTables, type SettingsOptions, settingTable } from './settings.ts';
import { variableOf } from './spellings.ts';

function asOptions(options: object): SettingsOptions {
  return options as SettingsOptions;
}

function asText(value: unknown): string {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) {
    return value.join(',');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value of a setting and the text of its origin. */
function explained(name: string, sources: SettingsSources): readonly [unknown, string] {
  const found = explainSettings(sources).find((each) => each.name === name);
  return [found?.value, found?.origin.text ?? ''];
}

describe('each source beats the weaker ones, and says so', () => {
  const base = { values: { resultExpires: 1 }, from: 'base.ts' };
  const config = { values: { result_expires: 2 }, from: 'celeryconfig.ts' };
  const env = { CELERIAC_RESULT_EXPIRES: '4' };

  /** From weak to strong: what it gives, the value, and what people are told. */
  const ladder: readonly (readonly [SettingsSources, value: number, origin: string])[] = [
    [{}, 86_400, 'default'],
    [{ configs: [base] }, 1, 'base.ts'],
    [{ configs: [config] }, 2, 'celeryconfig.ts'],
    [{ options: { resultExpires: 3 } }, 3, 'program'],
    [{ env }, 4, 'CELERIAC_RESULT_EXPIRES'],
    [{ overrides: { resultExpires: 5 } }, 5, 'command line'],
  ];
  const pairs = ladder.flatMap(([strong, value, origin], index) =>
    ladder.slice(0, index).map(([weak, , other]) => ({ origin, other, strong, weak, value })),
  );

  test.each(pairs)('$origin over $other', ({ strong, weak, value, origin }) => {
    const configs = [...(strong.configs ?? []), ...(weak.configs ?? [])];
    const sources = { ...weak, ...strong, configs };

    expect(resolveSettings(sources).resultExpires).toBe(value);
    expect(explained('resultExpires', sources)).toEqual([value, origin]);
  });

  test('with all of them at once the command line wins', () => {
    const sources = Object.assign({}, ...ladder.map(([source]) => source), {
      configs: [config, base],
    });

    expect(explained('resultExpires', sources)).toEqual([5, 'command line']);
  });

  test('options of the transport are settings of their own, each with its source', () => {
    const sources: SettingsSources = {
      options: { brokerTransportOptions: { visibilityTimeout: 10, leaseTimeout: 20 } },
      env: { CELERIAC_BROKER_TRANSPORT_OPTIONS: '{"visibility_timeout": 60}' },
    };

    expect(resolveSettings(sources).brokerTransportOptions).toMatchObject({
      ...{ visibilityTimeout: 60, leaseTimeout: 20 },
    });
    expect(explained('brokerTransportOptions.visibilityTimeout', sources)).toEqual([
      ...[60, 'CELERIAC_BROKER_TRANSPORT_OPTIONS'],
    ]);
    expect(explained('brokerTransportOptions.leaseTimeout', sources)).toEqual([20, 'program']);
  });

  test('a variable that the command line has set counts as the command line', () => {
    const env = {
      ...{ CELERY_RESULT_BACKEND: 'redis://b', CELERIAC_COMMAND_LINE: 'resultBackend' },
    };
    const sources = { env, options: { backend: null } };

    expect(explained('resultBackend', sources)).toEqual(['redis://b', 'command line']);
  });
});

describe('the environment', () => {
  test.each([...Object.keys(settingTable)])('sets %s from a text', (name) => {
    const row = settingRows.get(name);
    const value = row?.default;
    if (value === null || asText(value) === '') return; // no text is no word about it

    const env = { [variableOf(name)]: asText(value) };

    expect(explained(name, { env })).toEqual([value, variableOf(name)]);
  });

  test.each(Object.keys(nestedTables))('sets %s from JSON', (name) => {
    const own = [...settingRows].filter(([path]) => path.startsWith(`${name}.`));
    const fields = own.map(([path, { default: value }]) => [path.split('.')[1], value]);
    const text = JSON.stringify(Object.fromEntries(fields));

    const settings = resolveSettings({ env: { [variableOf(name)]: text } });

    expect(settings).toMatchObject({ [name]: Object.fromEntries(fields) });
  });

  test.each([
    ['CELERIAC_TASK_ACKS_LATE', 'maybe', "must be true or false, got 'maybe'"],
    [
      'CELERIAC_RESULT_EXPIRES',
      'soon',
      "must be seconds from 0, a duration such as { days: 1 }, or null, got 'soon'",
    ],
    [
      'CELERIAC_RESULT_EXPIRES',
      '-1',
      'must be seconds from 0, a duration such as { days: 1 }, or null, got -1',
    ],
    ['CELERIAC_WORKER_CONCURRENCY', '1.5', 'must be a whole number from 0 to 10000, got 1.5'],
    ['CELERIAC_WORKER_POOL', 'fork', "got 'fork'"],
    ['CELERIAC_BROKER_TRANSPORT_OPTIONS', 'x', "must be an object, got 'x'"],
    ['CELERIAC_BROKER_URL', 'gopher://x', "of the unknown scheme 'gopher'"],
  ])('%s=%s is refused by the name of the variable', (variable, text, problem) => {
    expect(problemOf({ env: { [variable]: text } })).toMatch(`'${variable}' `);
    expect(problemOf({ env: { [variable]: text } })).toContain(problem);
  });

  test('an option inside a variable is refused by both names', () => {
    const env = { CELERIAC_BROKER_TRANSPORT_OPTIONS: '{"leaseTimeout": "long"}' };

    expect(problemOf({ env })).toContain("'CELERIAC_BROKER_TRANSPORT_OPTIONS.leaseTimeout' must");
  });

  test('two variables of one setting must agree', () => {
    const env = { CELERY_BROKER_URL: 'redis://a', CELERIAC_BROKER_URL: 'redis://b' };

    expect(problemOf({ env })).toContain('are one setting and differ');
    expect(problemOf({ env: { ...env, CELERIAC_BROKER_URL: 'redis://a' } })).toBe('no problem');
  });

  test('null as a text switches results off', () => {
    const settings = resolveSettings({
      ...{ env: { CELERIAC_RESULT_BACKEND: 'null' }, options: { backend: 'redis://' } },
    });

    expect(settings.resultBackend).toBeNull();
  });

  test("an unknown variable is refused without its value, and other programs' are no matter", () => {
    const env = { CELERIAC_PASSWORD_OF_MINE: 'canary', CELERY_LOG_LEVEL: '5', HOME: '/' };

    expect(problemOf({ env })).toMatch(/unknown variable 'CELERIAC_PASSWORD_OF_MINE'/);
    expect(problemOf({ env })).not.toContain('canary');
    expect(problemOf({ env: { CELERY_LOG_LEVEL: '5' } })).toBe('no problem');
  });

  test("the tutorial's variable is none of the settings", () => {
    expect(problemOf({ env: { CELERIAC_TUTORIAL_STORE: 'x.json' } })).toBe('no problem');
  });
});

describe('spellings of Celery', () => {
  test.each(['taskAcksLate', 'task_acks_late', 'CELERY_TASK_ACKS_LATE', 'CELERY_ACKS_LATE'])(
    '%s is understood in options and in a config module',
    (name) => {
      const inOptions = resolveSettings({ options: asOptions({ [name]: false }) });
      const inConfig = resolveSettings({ configs: [{ values: { [name]: false }, from: 'c.ts' }] });

      expect([inOptions.taskAcksLate, inConfig.taskAcksLate]).toEqual([false, false]);
    },
  );

  test('two spellings that differ are refused, two that agree are not', () => {
    const differ = { task_acks_late: true, taskAcksLate: false };
    const nested = { brokerTransportOptions: { visibility_timeout: 5, visibilityTimeout: 6 } };

    expect(problemOf({ options: asOptions(differ) })).toContain(
      "'taskAcksLate' and 'task_acks_late' are one setting and differ",
    );
    expect(problemOf({ options: asOptions(nested) })).toContain('are one setting and differ');
    expect(problemOf({ options: asOptions({ ...differ, taskAcksLate: true }) })).toBe('no problem');
  });
});

describe('a config module', () => {
  function config(values: object, namespace?: string): SettingsSources {
    return { configs: [{ values, from: 'celeryconfig.ts', namespace }] };
  }

  test('may have helpers of its own: functions, and names that begin with _', () => {
    const values = { _host: 'h', helper: () => 1, Helper: class {}, resultExpires: 5 };

    expect(resolveSettings(config(values)).resultExpires).toBe(5);
  });

  test('must not have anything else, and is named when it has', () => {
    expect(problemOf(config({ resultExpire: 5 }))).toContain(
      "unknown setting 'resultExpire'; did you mean 'resultExpires'? (in celeryconfig.ts)",
    );
  });

  test('with a namespace has settings of that prefix, and the rest is its own', () => {
    const values = { CELERY_RESULT_EXPIRES: 5, DEBUG: true, resultExpires: 6 };

    expect(resolveSettings(config(values, 'CELERY')).resultExpires).toBe(5);
    expect(resolveSettings(config({ my_result_expires: 7 }, 'my')).resultExpires).toBe(7);
    expect(problemOf(config({ CELERY_RESULT_EXPIRE: 5 }, 'CELERY'))).toContain(
      "did you mean 'CELERY_RESULT_EXPIRES'?",
    );
  });

  test('is called by its name when a value in it is wrong', () => {
    expect(problemOf(config({ result_expires: -1 }))).toContain(
      "'result_expires' must be seconds from 0, a duration such as { days: 1 }, or null, got -1 (in celeryconfig.ts)",
    );
  });
});
