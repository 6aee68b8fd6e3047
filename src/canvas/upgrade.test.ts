import { describe, expect, test } from 'vitest';
import { task } from '../../test/support/plain-task.ts';
import { readVectors } from '../../test/vectors/vectors.ts';
import type { SignatureData } from '../protocol/index.ts';
import {
  bodyOf,
  chainOf,
  chordOf,
  groupOf,
  headerOf,
  kindOf,
  memberSignatures,
} from './structure.ts';
import { joined, joinedAll, prepared } from './upgrade.ts';

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => task(name)) as [
  SignatureData,
  SignatureData,
  SignatureData,
  SignatureData,
  SignatureData,
];
const pair = groupOf([b, c]);
const chord = chordOf([a], b);

/** As people write it: `a | b`, `(a, b)` for a group, `[a](b)` for a chord. */
function shown(signature: SignatureData): string {
  switch (kindOf(signature)) {
    case 'task':
      return signature.task;
    case 'chain':
      return `{${memberSignatures(signature).map(shown).join(' | ')}}`;
    case 'group':
      return `(${memberSignatures(signature).map(shown).join(', ')})`;
    case 'chord': {
      const header = memberSignatures(headerOf(signature)).map(shown);
      return `[${header.join(', ')}]${shown(bodyOf(signature))}`;
    }
  }
}

describe('what follows what becomes what Celery 5.6 makes of it', () => {
  test.each([
    ['task | task', a, b, '{a | b}'],
    ['task | chain', a, chainOf([b, c]), '{a | b | c}'],
    ['task | group', a, pair, '{a | (b, c)}'],
    ['task | group of one', a, groupOf([b]), '{a | b}'],
    ['task | group of one group', a, groupOf([pair]), '{a | (b, c)}'],
    ['task | chord', c, chord, '{c | [a]b}'],
    ['chain | task', chainOf([a, b]), c, '{a | b | c}'],
    ['chain | chain', chainOf([a]), chainOf([b, c]), '{a | b | c}'],
    ['chain | chain with a group', chainOf([a]), chainOf([pair, d]), '{a | [b, c]d}'],
    ['chain | group', chainOf([a]), pair, '{a | (b, c)}'],
    ['empty chain | group', chainOf([]), pair, '(b, c)'],
    ['empty chain | task', chainOf([]), a, '{a}'],
    ['chain ending in a group | task', chainOf([a, pair]), d, '{a | [b, c]d}'],
    ['chain ending in a chord and a group | task', chainOf([chord, pair]), d, '{[a]{b | [b, c]d}}'],
    ['chain ending in a chord | task', chainOf([c, chord]), d, '{c | [a]{b | d}}'],
    ['chain ending in a chord | group', chainOf([c, chord]), pair, '{c | [a]{b | (b, c)}}'],
    [
      'chain ending in a chord | group of one',
      chainOf([c, chord]),
      groupOf([d]),
      '{c | [a]{b | d}}',
    ],
    ['chain ending in a chord | chord', chainOf([c, chord]), chordOf([d], e), '{c | [a]b | [d]e}'],
    ['group | task', pair, d, '[b, c]d'],
    ['group | group', pair, groupOf([d, e]), '[b, c](d, e)'],
    ['group | empty group', pair, groupOf([]), '[b, c]()'],
    ['chord | task', chord, c, '[a]{b | c}'],
    ['chord | chord', chord, chordOf([c], d), '[a]{b | [c]d}'],
    ['chord | group of one', chord, groupOf([c]), '[a]{b | c}'],
    ['chord | group', chord, pair, '{[a]b | (b, c)}'],
    ['chord | chain', chord, chainOf([c, d]), '{[a]b | c | d}'],
  ])('%s', (_, left, right, expected) => {
    const before = JSON.stringify([left, right]);

    expect(shown(joined(left, right))).toBe(expected);
    expect(JSON.stringify([left, right])).toBe(before);
  });

  test('a chain hands its links to the last step and its errbacks to each, when it is joined', () => {
    const linked = { ...chainOf([a, b]), options: { link: [c], link_error: [d] } };

    const steps = memberSignatures(joined(linked, e));

    expect(steps.map(({ options }) => options)).toEqual([
      { link_error: [d] },
      { link: [c], link_error: [d] },
      {},
    ]);
  });

  test('each errback of a chain goes to the chords in it, and none to their headers', () => {
    const linked = { ...chainOf([a, chord]), options: { link_error: [d, e] } };

    const [, step = a] = prepared(chainOf([linked, c]));

    expect(bodyOf(step).options).toEqual({ link_error: [d, e] });
    expect(memberSignatures(headerOf(step)).map(({ options }) => options)).toEqual([{}]);
  });

  test('with taskAllowErrorCbOnChordHeader the headers get them, too', () => {
    const linked = { ...chainOf([a, chord]), options: { link_error: [d, e] } };
    const how = { errorCallbacksOnHeader: true };

    const [, run = a] = prepared(chainOf([linked, c]), how);
    const [, built = a] = memberSignatures(joinedAll(chainOf([]), [linked, c], how));

    for (const step of [run, built]) {
      expect(memberSignatures(headerOf(step)).map(({ options }) => options)).toEqual([
        { link_error: [d, e] },
      ]);
    }
  });

  test('options of a group that becomes a header go to its members', () => {
    const header = headerOf(joined({ ...pair, options: { queue: 'q', task_id: 'own' } }, d));

    expect(memberSignatures(header).map(({ options }) => options)).toEqual([
      { queue: 'q' },
      { queue: 'q' },
    ]);
  });
});

describe('the steps of a chain as they are run', () => {
  test.each([
    ['chains inside', chainOf([a, chainOf([b, chainOf([c])])]), 'a b c'],
    ['groups of one', chainOf([groupOf([a]), b]), 'a b'],
    ['a group before a step', chainOf([a, pair, d, e]), 'a [b, c]d e'],
    ['groups one after the other', chainOf([groupOf([a, b]), pair, d]), '[a, b][b, c]d'],
    ['empty groups', chainOf([groupOf([]), a, groupOf([]), b, groupOf([])]), 'a b ()'],
    ['nothing but an empty group', chainOf([groupOf([])]), '()'],
    ['nothing', chainOf([]), ''],
  ])('%s', (_, chain, expected) => {
    expect(prepared(chain).map(shown).join(' ')).toBe(expected);
  });

  test('a group of one that is a group is one still: what follows gets a list', () => {
    expect(prepared(chainOf([groupOf([groupOf([a])]), b])).map(shown)).toEqual(['[a]b']);
  });
});

describe.each(['5.2.6', '5.6.2'] as const)('built is what Celery %s writes', (version) => {
  const add = (...args: readonly unknown[]) => ({ ...task('tasks.add'), args });
  const [xsum, ident] = [task('tasks.xsum'), task('tasks.ident')];
  const mul = { ...task('tasks.mul'), args: [2] };
  const header = [add(1, 1), add(2, 2)];
  const canvases = {
    chord: chordOf(header, xsum),
    chain_with_group: joinedAll(add(1, 1), [groupOf([add(2), add(3)]), xsum]),
    chord_no_body: chordOf([add(1, 1)], null as never),
    group_or: joined(groupOf([add(1), add(2)]), mul),
    chord_chain_body: chordOf([add(1, 1)], joined(xsum, mul)),
    nested: joined(joined(add(1, 1), mul), { ...mul, args: [3] }),
    group_single_unroll: joined(add(1, 1), groupOf([mul])),
    group_chord_group: joined(groupOf(header), groupOf([ident, ident])),
  };

  test.each(Object.entries(canvases))('%s', (name, canvas) => {
    const vectors = readVectors<{ name: string; json: string }>(version, 'e_signature_json');
    const json = vectors.find((each) => each.name === name)?.json ?? '{}';

    expect(canvas).toEqual(JSON.parse(json));
  });
});
