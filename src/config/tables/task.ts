import {
  boolean,
  custom,
  integer,
  isRecord,
  oneOf,
  optional,
  type Setting,
  seconds,
} from '../kinds.ts';

/** What the app reads them as is for the app to say; here they have a shape. */
type Annotation = Readonly<Record<string, object>> | ((task: never) => object | undefined);
type Annotations = Annotation | readonly Annotation[];

function isAnnotation(value: unknown): value is Annotation {
  return typeof value === 'function' || (isRecord(value) && Object.values(value).every(isRecord));
}

/** How tasks are sent, run and settled. */
export const taskSettings = {
  taskAnnotations: optional(
    custom<Annotations>({
      default: {},
      expects: 'an object of task options by task name or pattern, a function, or a list of such',
      help: "Changes to the options of tasks, made by those who run them: { 'orders.*': { maxRetries: 5 } }.",
      parse: (value) =>
        isAnnotation(value) || (Array.isArray(value) && value.every(isAnnotation))
          ? { ok: true, value }
          : { ok: false },
    }),
  ),
  taskValidateOnSend: boolean(
    false,
    'Hold arguments against the schema of their task also when it is sent.',
  ),
  strictTyping: boolean(
    true,
    'Hold count and names of arguments against the parameters of their task when it is sent.',
  ),
  taskIgnoreResult: boolean(false, 'Store no results, unless a task says otherwise.'),
  taskStoreErrorsEvenIfIgnored: boolean(
    false,
    'Store how a task failed, though its results are ignored.',
  ),
  taskAlwaysEager: boolean(
    false,
    'Run tasks where they are called, in place of sending them; for tests and scripts.',
  ),
  taskEagerPropagates: boolean(false, 'Have eager calls throw what their tasks throw.'),
  taskStoreEagerResult: boolean(false, 'Store what eager tasks come to, as a worker would.'),
  taskAllowErrorCbOnChordHeader: boolean(
    false,
    "Link what is linked to a chord's errors to each task of its header, too.",
  ),
  taskTrackStarted: boolean(false, 'Store the state STARTED when a task begins.'),
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
  jsonTypes: oneOf(
    'typed',
    ['typed', 'plain'],
    "Whether dates, bytes and the like keep their type in Celery's form, or become plain JSON.",
  ),
} satisfies Record<string, Setting<unknown>>;
