import { describe, expect, test } from 'vitest';
import { numbered, task } from '../../test/support/plain-task.ts';
import { ConfigError } from '../errors.ts';
import type { Embed, SignatureData } from '../protocol/index.ts';
import { planReplacement } from './plan-replace.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';

const [a, b, c, outer] = [task('a'), task('b'), task('c'), task('outer', { task_id: 'outer' })];
function current(embed: Partial<Embed> = {}, more: object = {}) {
  const nothing: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };
  const place = { group: null, groupIndex: null, nesting: 2 };
  return { id: 'own', rootId: 'root', ...place, ...more, embed: { ...nothing, ...embed } };
}

describe('what is sent in place of a task', () => {
  test.each([
    ['a task', a],
    ['a chain', chainOf([a, b])],
    ['a group', groupOf([a, b])],
    ['a chain that ends in a group', chainOf([a, groupOf([b, c])])],
    ['a chord', chordOf([a, b], c)],
    ['a chord that ends in a chain', chordOf([a], chainOf([b, c]))],
    ['a chord that ends in a group', chordOf([a], groupOf([b, c]))],
    ['an empty group', groupOf([])],
  ])('has its id at its end, its root, and comes from it: %s', (_, replacement) => {
    const { tasks, ends, result } = planReplacement(current(), replacement, numbered());

    expect(ends.map(({ id }) => id)).toEqual(['own']);
    expect(result[0][0]).toBe('own');
    expect(tasks).not.toEqual([]);
    for (const each of tasks) {
      expect(each).toMatchObject({ rootId: 'root', parentId: 'own' });
      expect(each.options).toMatchObject({ replaced_task_nesting: 3 });
    }
  });

  test('calls its callbacks and errbacks at the end', () => {
    const links = current({ callbacks: [b], errbacks: [c] });

    const single = planReplacement(links, a, numbered()).tasks[0];
    const grouped = planReplacement(links, groupOf([a]), numbered()).tasks[0];

    expect(single?.embed).toMatchObject({ callbacks: [b], errbacks: [c] });
    expect(grouped?.embed).toMatchObject({ callbacks: null, errbacks: null });
    expect(grouped?.embed.chord).toMatchObject({
      task: 'celery.accumulate',
      kwargs: { index: 0 },
      options: { link: [b], link_error: [c] },
    });
  });

  test.each([
    ['a task', a, (sent: Embed) => sent.chord],
    ['a chain', chainOf([b, a]), (sent: Embed) => sent.chain?.[0]?.options['chord']],
    ['a group', groupOf([a]), (sent: Embed) => sent.chord?.options['chord']],
  ])('takes its place in a chord: %s', (_, replacement, chordOfEnd) => {
    const member = current({ chord: outer }, { group: 'g', groupIndex: 1 });

    const [sent] = planReplacement(member, replacement, numbered()).tasks;

    expect(chordOfEnd(sent?.embed as Embed)).toEqual(outer);
  });

  test('a chord that ends in a chain reports to the chord that the task was a part of', () => {
    const member = current({ chord: outer }, { group: 'g', groupIndex: 1 });

    const [sent] = planReplacement(member, chordOf([a], chainOf([b, c])), numbered()).tasks;

    const { tasks: steps } = sent?.embed.chord?.kwargs as { tasks: readonly SignatureData[] };
    expect(steps.at(-1)?.options).toMatchObject({
      task_id: 'own',
      group_id: 'g',
      group_index: 1,
      chord: outer,
    });
  });

  test.each([
    ['a task', a],
    ['a chain', chainOf([a, b])],
  ])('is followed by the steps that were to follow, and marks them: %s', (_, replacement) => {
    const later = [task('last', { task_id: '2' }), task('next', { task_id: '1' })];

    const [sent] = planReplacement(current({ chain: later }), replacement, numbered()).tasks;

    const ids = sent?.embed.chain?.map((step) => step.options['task_id']);
    expect(ids?.slice(0, 2)).toEqual(['2', '1']);
    expect(sent?.embed.chain?.every((step) => step.options['replaced_task_nesting'] === 3)).toBe(
      true,
    );
  });

  test('has its stamps besides its own, which stay', () => {
    const stamps = { stamped_headers: ['tenant', 'user'], tenant: 'old', user: 'me' };
    const own = task('a', { stamped_headers: ['tenant'], tenant: 'new' });

    const [sent] = planReplacement(current({}, { stamps }), own, numbered()).tasks;

    expect(sent?.options).toMatchObject({
      stamped_headers: ['tenant', 'user'],
      tenant: 'new',
      user: 'me',
    });
  });

  test.each([
    ['a part of a chord', task('a', { chord: outer }), "'a' cannot replace a task"],
    ['an empty chain', chainOf([]), 'an empty chain cannot replace a task'],
  ])('cannot be %s', (_, replacement, message) => {
    const replace = () => planReplacement(current(), replacement, numbered());

    expect(replace).toThrow(ConfigError);
    expect(replace).toThrow(message);
  });
});
