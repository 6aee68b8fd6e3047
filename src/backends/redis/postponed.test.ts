import { beforeEach, describe, expect, test } from 'vitest';
import { Postponed } from './postponed.ts';

let now = 0;
let arrivedAt: number | undefined;
let distrusts = 0;
let ended: string[] = [];
let postponed: Postponed;

beforeEach(() => {
  [now, arrivedAt, distrusts, ended] = [1_000, undefined, 0, []];
  postponed = new Postponed({
    replies: {
      get arrivedAt() {
        return arrivedAt;
      },
      distrust: () => {
        distrusts += 1;
      },
    },
    onEnded: (key) => ended.push(key),
    now: () => now,
  });
  return () => postponed.close();
});

/** Time passes, with replies to others or without, and it is looked. */
function pass(ms: number, { isFlowing = false } = {}): void {
  now += ms;
  if (isFlowing) arrivedAt = now - 1;
  postponed.look();
}

describe('a result whose reply is waited for', () => {
  test('is listened to after a moment', () => {
    postponed.add('a');

    pass(20);
    expect(ended).toEqual([]);
    pass(40);
    expect(ended).toEqual(['a']);
  });

  test('is waited for longer while other replies come, but not for ever', () => {
    postponed.add('a');

    for (let i = 0; i < 39; i++) pass(50, { isFlowing: true });
    expect(ended).toEqual([]);
    for (let i = 0; i < 2; i++) pass(50, { isFlowing: true });
    expect(ended).toEqual(['a']);
  });

  test('is waited for no longer than a moment if somebody may give up', () => {
    postponed.add('a', true);

    pass(40, { isFlowing: true });
    expect(ended).toEqual([]);
    pass(20, { isFlowing: true });
    expect(ended).toEqual(['a']);
  });

  test('is not put off again for who gave it up and comes back, and then once more', () => {
    postponed.add('a', true);
    postponed.giveUp('a');
    postponed.delete('a');

    expect(postponed.add('a')).toBe(false);
    expect(postponed.add('a')).toBe(true);
  });

  test('is not listened to once it has come or was given up', () => {
    postponed.add('a');
    postponed.delete('a');

    pass(100);

    expect(ended).toEqual([]);
  });

  test('is listened to at once when replies are lost', () => {
    postponed.add('a');
    postponed.add('b');

    postponed.endAll();

    expect(ended).toEqual(['a', 'b']);
  });
});

describe('replies are not relied upon any more', () => {
  test('when a result was found and its reply does not come', () => {
    postponed.add('a');
    pass(60);
    postponed.found('a');
    postponed.delete('a');

    pass(40);
    expect(distrusts).toBe(0);
    pass(20);
    expect(distrusts).toBe(1);
  });

  test('but not when the reply comes a little later', () => {
    postponed.add('a');
    pass(60);
    postponed.found('a');
    postponed.delete('a');

    expect(postponed.explain('a')).toBe(true);
    pass(100);

    expect(distrusts).toBe(0);
  });

  test('nor when nobody waits for the result any more, or it has not come at all', () => {
    postponed.add('given up');
    postponed.add('still running');
    pass(60);
    postponed.delete('given up');

    pass(10_000);

    expect(distrusts).toBe(0);
  });
});

test('a reply that nobody was put off for explains nothing', () => {
  expect(postponed.explain('unknown')).toBe(false);
});
