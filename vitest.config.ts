import { defineConfig } from 'vitest/config';

/** Tests with servers: a process per file, and what they run is built first. */
const withServers = { pool: 'forks', globalSetup: ['test/support/global-setup.ts'] } as const;

/** What measures time or counts commands runs alone: one file at a time. */
const timed = [
  'test/e2e/{bench,bombs,sending-faults,transport-options,worker}.test.ts',
  'test/e2e/redis-{broadcast,connection,failover,faults,handover,replies,results}.test.ts',
  'test/e2e/redis-{tls,transport,waiting}.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          pool: 'threads',
          testTimeout: 5_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...withServers,
          name: 'conformance',
          include: ['test/conformance/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...withServers,
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          exclude: timed,
          testTimeout: 60_000,
          hookTimeout: 30_000,
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
          hookTimeout: 30_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...withServers,
          name: 'interop',
          include: ['test/interop/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          ...withServers,
          name: 'examples',
          include: ['test/examples/*.test.ts', 'test/docs/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
