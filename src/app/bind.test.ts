import { describe, expect, test } from 'vitest';
import { TaskInvalidError } from '../errors.ts';
import { bindArguments } from './bind.ts';
import { declaredParameters, type Parameters, readParameters } from './parameters.ts';

type Kwargs = Readonly<Record<string, unknown>>;

function bind(
  parameters: Parameters,
  args: readonly unknown[],
  kwargs: Kwargs = {},
  strict = false,
) {
  return bindArguments({ task: 't', parameters: () => parameters }, args, kwargs, { strict });
}
const of = (fn: (...args: never[]) => unknown, isBound = false) => readParameters(fn, isBound);
const text = ({ named, hasRest }: Parameters) => [
  ...named.map(({ name = '?', isOptional }) => `${name}${isOptional ? '?' : ''}`),
  ...(hasRest ? ['...'] : []),
];

const holder = {
  async method(a: number, b = 2) {
    return a + b;
  },
  *'odd name'(a: number) {
    yield a;
  },
};
class Model {
  readonly #factor = 2;
  scale(a: number) {
    return a * this.#factor;
  }
}

describe('parameters are read from the source of', () => {
  test.each<[string, (...args: never[]) => unknown, string[]]>([
    [
      'a function',
      function add(a: number, b: number) {
        return a + b;
      },
      ['a', 'b'],
    ],
    ['an arrow function', (a: number) => a, ['a']],
    ['an async arrow function', async (a: number, b = ')') => [a, b], ['a', 'b?']],
    [
      'a generator',
      function* numbers(a: number) {
        yield a;
      },
      ['a'],
    ],
    [
      'defaults that look like more',
      (a = { b: [1, ','] }, c = (d: number, e: number) => d + e) => [a, c],
      ['a?', 'c?'],
    ],
    [
      'destructuring',
      ({ a, b }: { a: number; b: number }, [c]: readonly number[] = [1], d: number) => [a, b, c, d],
      ['?', '??', 'd'],
    ],
    ['a rest', (a: number, ...others: number[]) => [a, others], ['a', '...']],
    ['an async method', holder.method, ['a', 'b?']],
    ['a generator method with a quoted name', holder['odd name'], ['a']],
    ['a method with private fields', Model.prototype.scale, ['a']],
    ['nothing', () => {}, []],
  ])('%s', (_, fn, expected) => {
    expect(text(of(fn))).toEqual(expected);
  });

  test('a bound task, without its context', () => {
    expect(text(of((_context: object, name: string) => name, true))).toEqual(['name']);
    expect(text(of((...all: unknown[]) => all, true))).toEqual(['...']);
  });

  test('functions without a source are not known', () => {
    expect(of(Math.max).isKnown).toBe(false);
    expect(of(((a: number) => a).bind(null)).isKnown).toBe(false);
  });
});

describe('declared parameters', () => {
  test('may be optional', () => {
    expect(text(declaredParameters(['a', 'b?']))).toEqual(['a', 'b?']);
  });

  test.each([[['a b']], [['']], [['a', 'a?']]])('%j are refused', (params) => {
    expect(() => declaredParameters(params)).toThrow(TaskInvalidError);
  });
});

describe('binding', () => {
  const three = declaredParameters(['a', 'b', 'c?']);

  test.each<[string, readonly unknown[], Kwargs, readonly unknown[]]>([
    ['positions', [1, 2, 3], {}, [1, 2, 3]],
    ['names', [], { c: 3, a: 1, b: 2 }, [1, 2, 3]],
    ['both', [1], { b: 2 }, [1, 2]],
    ['too few: it is checked by types', [1], {}, [1]],
  ])('takes %s', (_, args, kwargs, expected) => {
    expect(bind(three, args, kwargs)).toEqual(expected);
  });

  test('leaves a default to the function', () => {
    const fn = (a: number, b = 10, c = 1) => a + b + c;

    expect(bind(of(fn), [1], { c: 5 })).toEqual([1, undefined, 5]);
    expect(fn(...(bind(of(fn), [1], { c: 5 }) as [number]))).toBe(16);
  });

  test('takes any number where there is a rest, and names before it', () => {
    const parameters = of((a: number, ...others: number[]) => [a, others]);

    expect(bind(parameters, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(bind(parameters, [], { a: 1 })).toEqual([1]);
  });

  test.each<[string, readonly unknown[], Kwargs]>([
    ["t() got an unexpected keyword argument 'z'", [1, 2], { z: 1 }],
    ["t() got multiple values for argument 'a'", [1], { a: 1, b: 2 }],
    ['t() takes 3 positional arguments but 4 were given', [1, 2, 3, 4], {}],
    ["t() missing 1 required argument: 'b'", [1], { c: 3 }],
    ["t() missing 2 required arguments: 'a', 'b'", [], { c: 3 }],
  ])('refuses: %s', (message, args, kwargs) => {
    expect(() => bind(three, args, kwargs)).toThrow(TypeError);
    expect(() => bind(three, args, kwargs)).toThrow(message);
  });

  test('of messages that no type checker saw refuses what is missing at the end', () => {
    expect(() => bind(three, [1], {}, true)).toThrow("missing 1 required argument: 'b'");
    expect(bind(three, [1, 2], {}, true)).toEqual([1, 2]);
    expect(
      bind(
        of((a: number, ...rest: number[]) => [a, rest]),
        [1],
        {},
        true,
      ),
    ).toEqual([1]);
  });

  test.each([
    ['native', of(Math.max)],
    ['rest-only', of((...all: number[]) => all)],
  ])('of a %s function refuses names, and says what to do', (_, parameters) => {
    expect(bind(parameters, [1, 2, 3], {}, true)).toEqual([1, 2, 3]);
    expect(() => bind(parameters, [], { a: 1 })).toThrow('declare params');
  });
});
