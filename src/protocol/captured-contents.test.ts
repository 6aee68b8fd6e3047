import { expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';

test('what serializers and compressions make is the same for Celery 5.2 and 5.6', () => {
  expect(readVectors('5.2.6', 'j_serializers')).toEqual(readVectors('5.6.2', 'j_serializers'));
  expect(readVectors('5.2.6', 'j_compression')).toEqual(readVectors('5.6.2', 'j_compression'));
});
