/** Every `code` an error of ours may have. */
export type ErrorCode =
  | 'ARGUMENTS_INVALID'
  | 'BACKEND_MISSING'
  | 'BROKER_REFUSED'
  | 'BROKER_UNAVAILABLE'
  | 'BROKER_UNTRUSTED'
  | 'CONFIG_INVALID'
  | 'DECODE_FAILED'
  | 'ENCODE_FAILED'
  | 'INCOMPLETE_STREAM'
  | 'MAX_RETRIES_EXCEEDED'
  | 'MESSAGE_INVALID'
  | 'MESSAGE_UNROUTABLE'
  | 'MODULE_LOAD_FAILED'
  | 'NOT_REGISTERED'
  | 'NOT_SUPPORTED'
  | 'PARTLY_SENT'
  | 'PAYLOAD_TOO_LARGE'
  | 'QUEUE_NOT_FOUND'
  | 'RESULT_IGNORED'
  | 'RESULT_TIMEOUT'
  | 'SCRIPT_REPLY_INVALID'
  | 'SEND_TIMEOUT'
  | 'TASK_FAILED'
  | 'TASK_INVALID'
  | 'TASK_REVOKED'
  | 'TEST_STUCK'
  | 'WORKER_LOST';

/** Base of everything thrown on purpose. Anything else that escapes is a bug here. */
export class CeleriacError extends Error {
  readonly code: ErrorCode;
  /** The message without the pointer to its page, for texts that it becomes a part of. */
  readonly summary: string;
  constructor(code: ErrorCode, summary: string, options?: ErrorOptions) {
    super(`${summary} (celeriac/docs/errors.md#${code.toLowerCase()})`, options);
    this.name = new.target.name;
    this.code = code;
    this.summary = summary;
  }
}

/** What went wrong, for a text that says more: of anything that was thrown. */
export function summaryOf(error: unknown): string {
  if (error instanceof CeleriacError) return error.summary;
  return error instanceof Error ? error.message : String(error);
}

/** A setting, an option or a URL that cannot be used; the message lists every problem found. */
export class ConfigError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG_INVALID', message, options);
  }
}

/** A broker or result store that does not answer. `url` carries no password. */
export class BrokerUnavailableError extends CeleriacError {
  readonly url: string;
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super('BROKER_UNAVAILABLE', `cannot reach '${url}': ${reason}`, options);
    this.url = url;
  }
}

/** A broker or result store that answers, but not to these credentials. `url` carries no password. */
export class BrokerRefusedError extends CeleriacError {
  readonly url: string;
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(
      'BROKER_REFUSED',
      `'${url}' refused the connection: ${reason}; check the user and password in the URL`,
      options,
    );
    this.url = url;
  }
}

/**
 * A broker or result store whose certificate is not trusted here, that does not trust ours, or where only one side
 * speaks TLS. `url` carries no password.
 */
export class BrokerUntrustedError extends CeleriacError {
  readonly url: string;
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super('BROKER_UNTRUSTED', `no trust between '${url}' and us: ${reason}`, options);
    this.url = url;
  }
}

/** A send that was not confirmed before its deadline. It is not delivered later. */
export class SendTimeoutError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('SEND_TIMEOUT', message, options);
  }
}

/** Something in a tree of results has not ended, so that nobody knows what it will still send. */
export class IncompleteStreamError extends CeleriacError {
  readonly id: string;
  constructor(id: string) {
    super(
      'INCOMPLETE_STREAM',
      `result '${id}' has not ended, so that more may come of it; wait for it first, or ask with { intermediate: true }`,
    );
    this.id = id;
  }
}

/** A result was asked for, and the app stores none. */
export class BackendMissingError extends CeleriacError {
  constructor() {
    super(
      'BACKEND_MISSING',
      "no result backend configured; give the app a 'backend' or set CELERY_RESULT_BACKEND",
    );
  }
}

/** A value that has no form on the wire. `path` says where it sits, such as `args[0].price`. */
export class EncodeError extends CeleriacError {
  readonly path: string;
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super('ENCODE_FAILED', `cannot encode ${path || 'the value'}: ${reason}`, options);
    this.path = path;
  }
}

/** Bytes that are not what they should be. */
export class DecodeError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('DECODE_FAILED', message, options);
  }
}

/** A message that no worker can run, whatever its task. */
export class MessageInvalidError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('MESSAGE_INVALID', message, options);
  }
}

/** A message was sent through an exchange to which no queue is bound that its routing key fits. Nothing was sent. */
export class MessageUnroutableError extends CeleriacError {
  readonly exchange: string;
  readonly routingKey: string;
  constructor(exchange: string, routingKey: string) {
    super(
      'MESSAGE_UNROUTABLE',
      `exchange '${exchange}' has no queue for routing key '${routingKey}'; start its worker first, or declare the queue in 'taskQueues'`,
    );
    this.exchange = exchange;
    this.routingKey = routingKey;
  }
}

/** A queue was named that is not configured, where queues are not made up. */
export class QueueNotFoundError extends CeleriacError {
  readonly queue: string;
  /** @param near - the configured name that it may be a slip of. */
  constructor(queue: string, near: string | undefined, reason: string) {
    const hint = near === undefined ? "add it to 'taskQueues'" : `did you mean '${near}'?`;
    super('QUEUE_NOT_FOUND', `queue '${queue}' is not configured, and ${reason}; ${hint}`);
    this.queue = queue;
  }
}

/** Of many calls the first ones were sent, and then one batch was not; `cause` says why. Of that and the rest nothing was sent. */
export class PartlySentError extends CeleriacError {
  /** How many of the calls, from the first, were sent. */
  readonly sent: number;
  readonly total: number;
  constructor(sent: number, total: number, cause: unknown) {
    super(
      'PARTLY_SENT',
      `the first ${sent} of ${total} calls were sent, the others not: ${summaryOf(cause)}; send the rest again from there`,
      { cause },
    );
    this.sent = sent;
    this.total = total;
  }
}

/** What was too large: a message's body, what a task returned, or what it told of a state of its own. */
export type PayloadPart = 'body' | 'result' | 'state';

/** What a task was to be sent with, has returned, or tells of its state, is larger than `taskMaxPayload`. Nothing of it was sent or stored. */
export class PayloadTooLargeError extends CeleriacError {
  readonly taskName: string;
  /** Bytes, before they are compressed or after, whichever was too much; a lower bound where no text could hold it. */
  readonly size: number;
  readonly limit: number;
  constructor(facts: {
    readonly part: PayloadPart;
    readonly taskName: string;
    readonly size: number;
    readonly limit: number;
  }) {
    const { part, taskName, size, limit } = facts;
    super(
      'PAYLOAD_TOO_LARGE',
      `the ${part} of task '${taskName}' has ${size} bytes, more than the ${limit} of 'taskMaxPayload'; put the data where both sides reach it and pass its place, or raise the setting on both sides`,
    );
    this.taskName = taskName;
    this.size = size;
    this.limit = limit;
  }
}

/** A task definition that cannot be used: no name, a name twice, parameters that cannot be known. */
export class TaskInvalidError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('TASK_INVALID', message, options);
  }
}

/** One thing that is wrong with an argument. */
export interface ArgumentIssue {
  /** Where, such as `order.lines[0].price`; it begins with the parameter's name, or with `args[0]`. */
  readonly path: string;
  /** What the schema says about it. The value itself is not shown. */
  readonly message: string;
}

/** How many issues a message lists; the others are counted. */
const shownIssues = 10;

/** Arguments that do not fit the schema that their task was given as `args`. The function is not called. */
export class ArgumentsInvalidError extends CeleriacError {
  readonly taskName: string;
  readonly issues: readonly ArgumentIssue[];
  constructor(taskName: string, issues: readonly ArgumentIssue[]) {
    const texts = issues.slice(0, shownIssues).map(({ path, message }) => `${path}: ${message}`);
    const more = issues.length - texts.length;
    if (more > 0) texts.push(`and ${more} more`);
    super('ARGUMENTS_INVALID', `arguments of task '${taskName}' are invalid: ${texts.join('; ')}`);
    this.taskName = taskName;
    this.issues = issues;
  }
}

/** A message names a task that this process never registered. The worker puts it back with a delay, in the end dead-letters it. */
export class NotRegisteredError extends CeleriacError {
  readonly taskName: string;
  constructor(taskName: string) {
    super(
      'NOT_REGISTERED',
      `task '${taskName}' is not registered; is its module loaded with -A, or named in 'imports'?`,
    );
    this.taskName = taskName;
  }
}

/** Something of Celery's that this version does not do; refused instead of ignored. */
export class NotSupportedError extends CeleriacError {
  constructor(message: string) {
    super('NOT_SUPPORTED', message);
  }
}

/** A user's module that could not be loaded; the message has file, line and cause. */
export class ModuleLoadError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('MODULE_LOAD_FAILED', message, options);
  }
}

/** A result was asked for that is stored nowhere: the task was sent with `ignoreResult`. */
export class ResultIgnoredError extends CeleriacError {
  readonly taskId: string;
  constructor(taskId: string) {
    super('RESULT_IGNORED', `no result of task '${taskId}' is kept: it was sent with ignoreResult`);
    this.taskId = taskId;
  }
}

/** `get()` gave up waiting; the task may still finish. */
export class ResultTimeoutError extends CeleriacError {
  readonly taskId: string;
  constructor(taskId: string, seconds: number) {
    super('RESULT_TIMEOUT', `no result of task '${taskId}' within ${seconds} s`);
    this.taskId = taskId;
  }
}

/** What is known of an error that happened in a task, in whatever language it ran. */
export interface RemoteError {
  /** The class's name, such as `ValueError`. */
  readonly type: string;
  /** The class's module, such as `builtins`; null if the sender did not say. */
  readonly module: string | null;
  /** The arguments the error was made with; for errors of ours the message alone. */
  readonly args: readonly unknown[];
  /** The stack as text, null if there is none. */
  readonly traceback: string | null;
}

/** Thrown by `get()` for a task that failed, with the error's remote type, arguments and traceback. */
export class TaskFailedError extends CeleriacError {
  readonly taskId: string;
  readonly remote: RemoteError;
  constructor(taskId: string, remote: RemoteError, options?: ErrorOptions) {
    const text = remote.args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
    super('TASK_FAILED', `${remote.type}: ${text.join(', ')}`, options);
    this.taskId = taskId;
    this.remote = remote;
  }
}

/** Thrown by `get()` for a task that was revoked, expired or terminated. */
export class TaskRevokedError extends CeleriacError {
  readonly taskId: string;
  readonly reason: string;
  constructor(taskId: string, reason: string) {
    super('TASK_REVOKED', `task '${taskId}' was not run: ${reason}`);
    this.taskId = taskId;
    this.reason = reason;
  }
}

/** A task asked for one more try than it may have. */
export class MaxRetriesExceededError extends CeleriacError {
  readonly taskName: string;
  readonly taskId: string;
  /** What the try that asked was called with. */
  readonly taskArgs: readonly unknown[];
  readonly taskKwargs: Readonly<Record<string, unknown>>;
  constructor(
    request: Readonly<{
      task: string;
      id: string;
      args: readonly unknown[];
      kwargs: Readonly<Record<string, unknown>>;
      retries: number;
    }>,
  ) {
    const { task, id, retries } = request;
    const tries = retries === 0 ? 'once' : `${retries + 1} times`;
    super('MAX_RETRIES_EXCEEDED', `can't retry ${task}[${id}]: it was tried ${tries}`);
    this.taskName = task;
    this.taskId = id;
    this.taskArgs = request.args;
    this.taskKwargs = request.kwargs;
  }
}

/** The executor that ran a task died or was ended. */
export class WorkerLostError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('WORKER_LOST', message, options);
  }
}

/** Thrown by a test kit: what a test waits for cannot come any more, or its tasks never come to an end. */
export class TestStuckError extends CeleriacError {
  constructor(message: string, options?: ErrorOptions) {
    super('TEST_STUCK', message, options);
  }
}
