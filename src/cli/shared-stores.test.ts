import { expect, test } from 'vitest';
import { refuseMemory } from './shared-stores.ts';

test.each([
  ['the broker', { brokerUrl: 'memory://', resultBackend: 'redis://' }],
  ['the result backend', { brokerUrl: 'redis://', resultBackend: 'Memory:name' }],
])('a command refuses %s in memory', (role, settings) => {
  expect(() => refuseMemory('worker', settings)).toThrow(
    new RegExp(`^${role} is .*'celeriac worker' would find nothing there; use 'redis://`),
  );
});

test('a command takes stores that others see, and none', () => {
  expect(() =>
    refuseMemory('worker', { brokerUrl: 'sqlite:a.db', resultBackend: null }),
  ).not.toThrow();
});
