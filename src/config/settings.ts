import {
  backendUrl,
  boolean,
  brokerUrl,
  integer,
  longestTimer,
  name,
  oneOf,
  type Setting,
  seconds,
} from './kinds.ts';

/** Broker and result backend of an app that is given neither. */
export const embeddedUrl = 'sqlite:.celeriac/celeriac.db';

/** Every setting but `brokerTransportOptions`, which is a table of its own. */
export const settingTable = {
  brokerUrl: brokerUrl(embeddedUrl, 'Where messages are sent and taken from.'),
  brokerConnectionTimeout: seconds(4, { min: 0.001, max: longestTimer }, 'Patience to connect.'),
  brokerSendTimeout: seconds(
    5,
    { min: 0.001, max: longestTimer },
    'Patience until the broker has confirmed a message; then sending fails.',
  ),
  taskDefaultQueue: name('celery', 'The queue of tasks that name none, and of workers without -Q.'),
  taskDefaultPriority: integer(
    0,
    { min: 0, max: 9 },
    'The priority of tasks sent without one; on Redis and SQLite 0 comes first.',
  ),
  taskIgnoreResult: boolean(false, 'Store no results, unless a task says otherwise.'),
  taskAcksLate: boolean(true, 'Ack a message after its task has run, not before.'),
  taskAcksOnFailureOrTimeout: boolean(
    true,
    'Ack a task that failed; false moves its message to the dead letters.',
  ),
  taskRejectOnWorkerLost: boolean(
    true,
    'Put a task back whose executor died; false lets it end as failed.',
  ),
  taskDeliveryLimit: integer(
    3,
    { min: 1 },
    'Deliveries that may end in a lost worker before a message moves to the dead letters.',
  ),
  taskUnknownRetryFor: seconds(
    600,
    { min: 0 },
    'How long a task that a worker does not know is put back for others.',
  ),
  resultBackend: backendUrl(
    null,
    'Where results are stored; null switches them off, as does a broker without a backend.',
  ),
  resultExpires: seconds(86_400, { min: 0 }, 'How long a result is kept; 0 = for ever.'),
  jsonTypes: oneOf(
    'typed',
    ['typed', 'plain'],
    "Whether dates, bytes and the like keep their type in Celery's form, or become plain JSON.",
  ),
  workerPool: oneOf(
    'threads',
    ['threads', 'async', 'solo'],
    'What runs tasks: worker threads, one thread with many tasks at once, or the main thread.',
  ),
  workerConcurrency: integer(
    0,
    { min: 0, max: 10_000 },
    'Tasks run at once; 0 = the number of CPUs for threads, 100 for async, 1 for solo.',
  ),
  workerPrefetchMultiplier: integer(
    0,
    { min: 0, max: 10_000 },
    'Claims held per slot; 0 = ahead by time.',
  ),
  workerShutdownTimeout: seconds(
    25,
    { min: 0, max: longestTimer },
    'Patience of a stopping worker with tasks that run; then they are aborted and put back.',
  ),
} satisfies Record<string, Setting<unknown>>;

/** What `brokerTransportOptions` may hold. */
export const transportOptionTable = {
  visibilityTimeout: seconds(
    3600,
    { min: 0.1, max: longestTimer },
    'How long a Redis keeps a claim that nobody renews.',
  ),
  leaseTimeout: seconds(
    30,
    { min: 0.1, max: longestTimer },
    'How long the embedded file keeps a claim that nobody renews.',
  ),
} satisfies Record<string, Setting<unknown>>;

type ValueOf<Row> = Row extends Setting<infer Value> ? Value : never;
type ValuesOf<Table> = { readonly [Key in keyof Table]: ValueOf<Table[Key]> };
type Given<Values> = { readonly [Key in keyof Values]?: Values[Key] | undefined };

/** What the broker's transport is told. */
export type TransportSettings = ValuesOf<typeof transportOptionTable>;

/** The settings of an app, complete and frozen. */
export type Settings = ValuesOf<typeof settingTable> & {
  readonly brokerTransportOptions: TransportSettings;
};

/** Settings as a program gives them: any of them, and `broker` and `backend` for the two URLs. */
export type SettingsOptions = Given<Omit<Settings, 'brokerTransportOptions'>> & {
  readonly brokerTransportOptions?: Given<TransportSettings> | undefined;
  /** The same as `brokerUrl`. */
  readonly broker?: string | undefined;
  /** The same as `resultBackend`. */
  readonly backend?: string | null | undefined;
};
