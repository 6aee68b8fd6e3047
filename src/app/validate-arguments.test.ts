import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ArgumentsInvalidError } from '../errors.ts';
import type { ArgsSchema } from './schema.ts';
import { validateArguments } from './validate-arguments.ts';

const names = ['email', 'order', 'size'];

function check(schema: ArgsSchema, args: readonly unknown[]) {
  const nameOf = (index: number) => names[index];
  return validateArguments({ task: 'orders.pay', schema, nameOf }, args);
}

async function problemOf(schema: ArgsSchema, args: readonly unknown[]) {
  try {
    await check(schema, args);
  } catch (error) {
    if (error instanceof ArgumentsInvalidError) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}

const pathsOf = ({ issues }: ArgumentsInvalidError) => issues.map(({ path }) => path);

/** The same two parameters, as the libraries write them. */
const libraries: [string, ArgsSchema, ArgsSchema][] = [
  [
    'zod',
    z.tuple([z.string(), z.object({ lines: z.array(z.object({ price: z.number() })) })]),
    [z.string(), z.object({ lines: z.array(z.object({ price: z.number() })) })],
  ],
  [
    'valibot',
    v.tuple([v.string(), v.object({ lines: v.array(v.object({ price: v.number() })) })]),
    [v.string(), v.object({ lines: v.array(v.object({ price: v.number() })) })],
  ],
  [
    'arktype',
    type(['string', { lines: type({ price: 'number' }).array() }]),
    [type('string'), type({ lines: type({ price: 'number' }).array() })],
  ],
];

describe.each(libraries)('schemas of %s', (_name, whole, each) => {
  const good = ['a@b', { lines: [{ price: 1 }, { price: 2 }] }];
  const bad = ['a@b', { lines: [{ price: 1 }, { price: 'canary-77' }] }];

  test.each([
    ['one for the tuple', whole],
    ['one for each', each],
  ])('let through what fits: %s', (_form, schema) => {
    expect(check(schema, good)).toEqual(good);
  });

  test.each([
    ['one for the tuple', whole],
    ['one for each', each],
  ])(
    'name the place of what does not fit, and keep the value to themselves: %s',
    async (_form, schema) => {
      const problem = await problemOf(schema, bad);

      expect(problem.message).toContain(
        "arguments of task 'orders.pay' are invalid: order.lines[1].price: ",
      );
      expect(problem.message).not.toContain('canary');
      expect(pathsOf(problem)).toEqual(['order.lines[1].price']);
    },
  );

  test('miss what is missing', async () => {
    expect(pathsOf(await problemOf(each, ['a@b']))[0]).toMatch(/^order/);
  });
});

test('what the function gets is what the schemas make of it', () => {
  const schema = [z.string().trim(), z.coerce.date(), z.number().default(7)];

  expect(check(schema, [' a ', '2026-01-02'])).toEqual(['a', new Date('2026-01-02'), 7]);
});

test('a schema of the whole may hold arguments against each other', async () => {
  const schema = z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low <= high, { message: 'upside down' });

  const { issues } = await problemOf(schema, [2, 1]);

  expect(issues).toEqual([{ path: 'args', message: 'upside down' }]);
});

test('schemas may take their time', async () => {
  const schema = [z.string().refine(async (text) => text !== 'taken', 'is taken'), z.number()];

  await expect(check(schema, ['free', 1])).resolves.toEqual(['free', 1]);
  const { issues } = await problemOf(schema, ['taken', 'x']);
  expect(issues.map(({ path }) => path)).toEqual(['email', 'order']);
});

test('one argument too many is refused', async () => {
  const problem = await problemOf([z.string()], ['a', 'b']);

  expect(problem.summary).toContain('order: one too many; at most 1');
});

test('a parameter without a name is named by its place, a key that is no name in quotes', async () => {
  const schema = z.tuple([z.any(), z.any(), z.any(), z.record(z.string(), z.number())]);

  expect(pathsOf(await problemOf(schema, [1, 2, 3, { 'a b': 'x' }]))).toEqual(['args[3]["a b"]']);
});

test('a message lists ten issues and counts the others', async () => {
  const problem = await problemOf([z.array(z.string())], [Array(15).fill(1)]);

  expect(problem.issues).toHaveLength(15);
  expect(problem.summary).toMatch(/email\[9\]: [^;]*; and 5 more$/);
});

test.each([
  ['a text that is quoted', type('string.email'), 'my-secret'],
  ['a short text', v.literal('y'), 'no'],
  ['a number', type('number < 5'), 4711],
  ['a negative fraction', v.picklist([1]), -4.25],
])('the value does not appear in the message: %s', async (_what, schema, value) => {
  const raw = schema['~standard'].validate(value) as {
    issues: readonly { message: string }[];
  };
  const { issues } = await problemOf([schema], [value]);

  expect(raw.issues[0]?.message).toContain(String(value));
  expect(issues[0]?.message).not.toContain(String(value));
  expect(issues[0]?.message).toContain('…');
});

test('a schema that makes no array of the arguments is refused', () => {
  const schema = z.any() as unknown as ArgsSchema;

  expect(() => check(z.tuple([]).transform(() => 'x') as unknown as ArgsSchema, [])).toThrow(
    "the schema of task 'orders.pay' made no array",
  );
  expect(check(schema, [1])).toEqual([1]);
});
