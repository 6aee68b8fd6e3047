import { describe, expect, test } from 'vitest';
import { type CeleryVersion, readVectors } from '../../test/vectors/vectors.ts';
import type { ChordMember } from './chord.ts';
import { decodeMember, memberOf } from './chord-member.ts';
import { ResultCodec } from './result-codec.ts';

/** What a run of Celery sent to its Redis. */
interface Run {
  readonly other_result_commands?: readonly (readonly string[])[];
}

const member: ChordMember = { taskId: 'm', status: 'SUCCESS', resultText: '1', error: null };

describe.each<CeleryVersion>(['5.2.6', '5.6.2'])(
  'parts of chords that Celery %s wrote',
  (version) => {
    const runs = ['d_results_redis', 'd_results_redis_variants'].flatMap((name) =>
      readVectors<Run>(version, name),
    );
    const texts = runs.flatMap(({ other_result_commands: commands = [] }) =>
      commands
        .filter(([, command]) => command === 'ZADD' || command === 'RPUSH')
        .map((command) => command.at(-1) ?? ''),
    );

    test('are read, and would be written so by us', () => {
      const codec = new ResultCodec({ types: 'typed' });
      expect(texts.length).toBeGreaterThan(30);

      for (const text of texts) expect(codec.encodeMember(decodeMember(text))).toBe(text);
    });

    test('say how tasks have failed', () => {
      const failed = texts.map(decodeMember).filter(({ status }) => status === 'FAILURE');

      expect(failed.length).toBeGreaterThan(2);
      for (const { error, resultText } of failed) {
        expect(error?.type).toMatch(/^\w+$/);
        expect(resultText).toBeUndefined();
      }
    });
  },
);

test('a result stays the text that it is, whatever is in it', () => {
  const result = '{"a":[1.0 ,NaN, "]\\"\\u00e4"] }';

  expect(decodeMember(`[1, "m", "SUCCESS" ,${result} ]`).resultText).toBe(result);
  expect(decodeMember('[1,"m","IGNORED",null]')).toMatchObject({ resultText: 'null' });
});

test.each([
  '',
  '{}',
  '[]',
  '[1, 2, "SUCCESS", 3]',
  '[1, "m"]',
  '[1, "m", "SUCCESS", [1}',
  'rubbish',
  '[1 "m"',
])('what is no part is a failed one, that no body waits for it: %s', (text) => {
  const codec = new ResultCodec({ types: 'typed' });

  expect(codec.decodeMember(text, 4)).toMatchObject({
    ...{ taskId: 'part 5', status: 'FAILURE', resultText: undefined },
    error: { type: 'DecodeError', module: 'kombu.exceptions', args: [expect.any(String)] },
  });
});

test('parts are not read in a serializer that is not accepted', () => {
  const codec = new ResultCodec({ types: 'typed', accept: ['yaml'] });

  const { status, error } = codec.decodeMember(codec.encodeMember(member), 0);

  expect(status).toBe('FAILURE');
  expect(String(error?.args[0])).toContain('resultAcceptContent');
});

test('a value that JSON has not makes its member a failed one', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);

  expect(memberOf([1, 'm', 'SUCCESS', cycle], 'typed')).toMatchObject({
    ...{ taskId: 'm', status: 'FAILURE', error: { type: 'EncodeError' } },
  });
});

test('an error that Python pickled is read by its class', () => {
  // pickle.dumps([1, 'm', 'FAILURE', ValueError('boom', 42)], 4)
  const pickle =
    '8004953c000000000000005d94284b018c016d948c074641494c555245948c086275696c74696e73948c0a56616c75654572' +
    '726f729493948c04626f6f6d944b2a86945294652e';
  const codec = new ResultCodec({ types: 'typed', serializer: 'pickle' });

  const { error } = codec.decodeMember(Buffer.from(pickle, 'hex').toString('latin1'), 0);

  expect(error).toMatchObject({ type: 'ValueError', module: 'builtins', args: ['boom', 42] });
});

test.each(['1', '-0', '1.50', 'true', 'null', '"a b"', '"\\u00e9"', '[1, "x"]', '1e5', '{"a": 1}'])(
  'the result %s of a member stays the text that it is',
  (resultText) => {
    expect(decodeMember(`[1, "m-1", "SUCCESS", ${resultText}]`)).toEqual({
      ...{ taskId: 'm-1', status: 'SUCCESS', resultText, error: null },
    });
  },
);
