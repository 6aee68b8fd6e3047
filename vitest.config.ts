import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequencer.ts';

/** Tests with servers: a process per file, and what they run is built first, and then loaded as it is. */
const withServers = {
  pool: 'forks',
  globalSetup: ['test/support/global-setup.ts'],
  setupFiles: ['test/support/built-threads.ts'],
  server: { deps: { external: [/\/dist\//] } },
} as const;

/** Most wait more than they work, so there are more of them at once than a small machine has cores. */
const together = { ...withServers, maxWorkers: 3, sequence: { groupOrder: 1 } } as const;

/** What measures time or counts commands runs alone: one file at a time. */
const timed = [
  'src/canvas/plan-size.test.ts',
  'test/e2e/{bench,bombs,sending-faults,transport-options,worker}.test.ts',
  'test/e2e/redis-{broadcast,connection,failover,handover,replies,results}.test.ts',
  'test/e2e/redis-{tls,transport,waiting}.test.ts',
];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          exclude: timed,
          pool: 'threads',
          testTimeout: 5_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...together,
          name: 'conformance',
          include: ['test/conformance/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...together,
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          exclude: timed,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxConcurrency: 3,
        },
      },
      {
        test: {
          ...together,
          name: 'interop',
          include: ['test/interop/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...withServers,
          name: 'examples',
          include: ['test/examples/*.test.ts', 'test/docs/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 60_000,
          // they are as impatient as what a reader types, so that no more run at once than there are cores
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...withServers,
          name: 'timed',
          include: [...timed, 'test/support/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
