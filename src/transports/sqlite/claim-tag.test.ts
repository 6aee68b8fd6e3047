import { expect, test } from 'vitest';
import { formatTag, parseTag } from './claim-tag.ts';

test('a tag says which row, lease and claim it is of', () => {
  const claim = { id: 123_456_789_012, lease: 7, batch: 42 };

  expect(parseTag(formatTag(claim))).toEqual(claim);
});

test.each(['', '1.2', '1.2.3.4', '-1.2.3', 'a.b.c', ' 1.2.3', 'c8-30deac0dc82a'])(
  "the tag '%s' is none of ours",
  (tag) => {
    expect(parseTag(tag)).toBeUndefined();
  },
);
