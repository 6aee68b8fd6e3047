import type { CeleryVersion } from './vectors.ts';

/** A file of captures: what was captured, and which tests read it or what will. */
export type Capture =
  | {
      readonly about: string;
      /** Test files, from the repository's root. */
      readonly readBy: readonly string[];
      /** Where not of both. */
      readonly only?: CeleryVersion;
    }
  | { readonly about: string; readonly later: string };

/**
 * Every file of captures there is of Python's Celery. Those with `readBy` are in the folders beside this file; a test
 * (`src/protocol/captures.test.ts`) fails for one that is not listed here, or not read by the tests listed.
 */
export const captures: Readonly<Record<string, Capture>> = {
  a_json_decode: {
    about: 'which JSON Python reads as what',
    readBy: ['src/protocol/json-decode.test.ts'],
  },
  a_json_encode: {
    about: 'how Python writes values as JSON',
    readBy: ['src/protocol/json-encode.test.ts'],
  },
  a_saferepr: {
    about: 'how arguments are shown in headers',
    readBy: ['src/protocol/repr.test.ts'],
  },
  a_worker_acceptance: {
    about: "odd and malformed messages, and what Python's worker does with them",
    readBy: ['src/protocol/envelope.test.ts'],
    only: '5.6.2',
  },
  ab_redis_producer: {
    about: 'single calls with all their options, as they lie in a queue',
    readBy: [
      'src/app/message-vectors.test.ts',
      'src/app/message.test.ts',
      'src/protocol/captured-runs.test.ts',
      'src/protocol/envelope.test.ts',
      'src/protocol/splice-headers.test.ts',
    ],
  },
  b_redis_envelope: {
    about: 'envelopes around bodies of every encoding',
    readBy: ['src/protocol/envelope.test.ts'],
  },
  b_redis_transport: {
    about: "the commands of Kombu's transport",
    readBy: ['src/transports/exchanges.test.ts', 'src/transports/redis/transcripts.test.ts'],
  },
  b_worker_shutdown_commands: {
    about: 'the commands of a worker that stops',
    readBy: ['src/transports/redis/transcripts.test.ts'],
  },
  b_worker_startup_commands: {
    about: 'the commands of a worker that starts',
    readBy: ['src/transports/redis/transcripts.test.ts'],
  },
  b_worker_task_commands: {
    about: 'the commands of a worker that runs a task, at once and at its ETA',
    readBy: ['src/transports/redis/transcripts.test.ts'],
  },
  c_amqp_flows: { about: 'events and remote control over RabbitMQ', later: 'RabbitMQ' },
  c_amqp_producer: { about: 'messages over RabbitMQ', later: 'RabbitMQ' },
  c_amqp_topology_producer: { about: 'what a client declares on RabbitMQ', later: 'RabbitMQ' },
  c_amqp_topology_worker: { about: 'what a worker declares on RabbitMQ', later: 'RabbitMQ' },
  c_amqp_variants: { about: 'kinds of queues on RabbitMQ', later: 'RabbitMQ' },
  c_amqp_worker_startup: { about: 'how a worker starts on RabbitMQ', later: 'RabbitMQ' },
  d_results_database: { about: 'results in SQL tables', later: 'more result stores' },
  d_results_database_extended: {
    about: 'the same with what result_extended adds',
    later: 'more result stores',
  },
  d_results_filesystem: { about: 'results in files', later: 'more result stores' },
  d_results_redis: {
    about: 'tasks, chains, groups and chords from being sent to their results',
    readBy: [
      'src/canvas/plan-next.test.ts',
      'src/canvas/worker-vectors.test.ts',
      'src/protocol/captured-runs.test.ts',
      'src/protocol/result-meta.test.ts',
    ],
  },
  d_results_redis_extended: {
    about: 'the same with what result_extended adds',
    readBy: [
      'src/app/run/completion.test.ts',
      'src/protocol/captured-runs.test.ts',
      'src/protocol/result-meta.test.ts',
    ],
  },
  d_results_redis_variants: {
    about: 'results without expiry, with a key prefix, chords without order',
    readBy: ['src/protocol/captured-runs.test.ts'],
  },
  d_results_rpc: { about: 'results as messages', later: 'RabbitMQ' },
  e_canvas_wire: {
    about: 'what a client sends for chains, groups, chords, map, starmap and chunks',
    readBy: [
      'src/canvas/plan-vectors.test.ts',
      'src/protocol/captured-runs.test.ts',
      'src/protocol/envelope.test.ts',
    ],
  },
  e_signature_json: {
    about: 'signatures as JSON',
    readBy: ['src/canvas/signature.test.ts', 'src/canvas/upgrade.test.ts'],
  },
  g_control_redis: {
    about: 'commands to workers and their replies, over Redis',
    readBy: ['src/protocol/control.test.ts'],
  },
  h_events_control: { about: 'events of workers', later: 'events (issue 7)' },
  i_beat: { about: 'what beat sends', later: 'beat' },
  i_beat_schedule_file: { about: "beat's file", later: 'beat' },
  j_auth: {
    about: 'signed messages',
    readBy: ['src/protocol/signing/auth-serializer.test.ts'],
  },
  j_compression: {
    about: 'compressed bodies',
    readBy: ['src/protocol/captured-contents.test.ts', 'src/protocol/compression.test.ts'],
  },
  j_serializers: {
    about: 'a body by each serializer',
    readBy: ['src/protocol/captured-contents.test.ts', 'src/protocol/content.test.ts'],
  },
};
