import { describe, expect, test } from 'vitest';
import { problemOf } from '../../test/support/config-problem.ts';
import { unsupportedSettings, unsupportedTransportOptions } from './celery-names.ts';
import { nestedTables, type SettingsOptions, settingTable } from './settings.ts';
import { snakeCased, spellingsOf, variableOf } from './spellings.ts';

function problemOfOptions(options: object): string {
  return problemOf({ options: options as SettingsOptions });
}

/** Three slips of the finger. */
function slipsOf(name: string): string[] {
  const middle = Math.floor(name.length / 2);
  const dropped = name.slice(0, middle) + name.slice(middle + 1);
  const doubled = name.slice(0, middle) + name.charAt(middle) + name.slice(middle);
  const swapped = `${name.charAt(1)}${name.charAt(0)}${name.slice(2)}`;
  return [dropped, doubled, swapped];
}

const names = [...Object.keys(settingTable), ...Object.keys(nestedTables)];
const nestedOptions = Object.entries(nestedTables).flatMap(([name, table]) =>
  Object.keys(table).map((field) => [name, field] as const),
);

describe('a misspelt name is refused with the right one', () => {
  test.each([...names, 'broker', 'backend'])('%s', (name) => {
    for (const slip of slipsOf(name)) {
      const problem = problemOfOptions({ [slip]: 1 });

      expect(problem).toContain(`unknown setting '${slip}'; did you mean '${name}'?`);
    }
  });

  test.each(names)('%s as Python spells it', (name) => {
    for (const slip of slipsOf(snakeCased(name))) {
      expect(problemOfOptions({ [slip]: 1 })).toContain(`'${slip}'; did you mean '${name}'?`);
    }
  });

  test.each(names)('%s as old configurations spell it', (name) => {
    const upper = `CELERY_${snakeCased(name).toUpperCase()}`;
    const slip = upper.slice(0, -2) + upper.slice(-1);

    expect(problemOfOptions({ [slip]: 1 })).toContain(`'${slip}'; did you mean '${upper}'?`);
  });

  test.each(names)('%s as a variable', (name) => {
    const variable = variableOf(name);

    for (const slip of slipsOf(variable.slice('CELERIAC_'.length))) {
      const problem = problemOf({ env: { [`CELERIAC_${slip}`]: '1' } });

      expect(problem).toContain(`'CELERIAC_${slip}'; did you mean '${variable}'?`);
    }
  });

  test.each(nestedOptions)(
    '%s.%s, in our spelling, in Python’s, and in a variable',
    (name, field) => {
      for (const slip of [...slipsOf(field), ...slipsOf(snakeCased(field))]) {
        const options = { [name]: { [slip]: 1 } };
        const env = { [variableOf(name)]: JSON.stringify({ [slip]: 1 }) };

        for (const problem of [problemOfOptions(options), problemOf({ env })]) {
          expect(problem).toContain(`'${name}.${slip}'; did you mean '${name}.${field}'?`);
        }
      }
    },
  );
});

describe('what Celery has and this version does not is refused with the reason', () => {
  test.each([...unsupportedSettings])('%s %s', (name, reason) => {
    expect(names).not.toContain(name);
    for (const spelling of spellingsOf(name)) {
      expect(problemOfOptions({ [spelling]: 1 })).toContain(
        `'${spelling}' is a setting of Celery's that ${reason}`,
      );
    }
    expect(problemOf({ env: { [variableOf(name)]: '1' } })).toContain(reason);
  });

  test.each([...unsupportedTransportOptions])('brokerTransportOptions.%s %s', (name, reason) => {
    const problem = problemOfOptions({ brokerTransportOptions: { [snakeCased(name)]: 1 } });

    expect(problem).toContain(`that ${reason}`);
  });
});
