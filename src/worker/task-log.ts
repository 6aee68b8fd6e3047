import { inspect } from 'node:util';
import type { Malformed, Request } from '../app/index.ts';
import type { RemoteError } from '../errors.ts';
import type { Outcome, Replacement } from '../pool/index.ts';
import {
  type Clock,
  escapeControls,
  type Logger,
  type Millis,
  nonEmptyText,
} from '../util/index.ts';

/** How many characters of a text from elsewhere are shown, and of a traceback. */
const TEXT_MAX = 2_000;
const TRACEBACK_MAX = 20_000;

/** Who is told what happens to tasks. */
export type EngineLog = Pick<TaskLog, keyof TaskLog>;

/** One line for each thing that happens to a task, worded as people know it from Celery. */
export class TaskLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #shownMax: (task: string) => number;

  /** @param shownMax - how many characters of a task's result are shown. */
  constructor(logger: Logger, clock: Clock, shownMax: (task: string) => number) {
    this.#logger = logger;
    this.#clock = clock;
    this.#shownMax = shownMax;
  }

  received(request: Request): void {
    if (this.#logger.isEnabled('INFO')) this.#logger.info(`Task ${nameOf(request)} received`);
  }

  /** How a run ended; failures with their traceback. */
  ended(request: Request, outcome: Outcome): void {
    if (outcome.kind === 'success') {
      if (!this.#logger.isEnabled('INFO')) return;
      const seconds = (outcome.runtimeMs / 1000).toFixed(3);
      const result = shorten(outcome.resultText, this.#shownMax(request.task));
      this.#logger.info(`Task ${nameOf(request)} succeeded in ${seconds}s: ${result}`);
      return;
    }
    const name = nameOf(request);
    switch (outcome.kind) {
      case 'failure': {
        const { traceback } = outcome.error;
        const what = oneLine(textOf(outcome.error));
        if (outcome.isExpected) this.#logger.info(`Task ${name} raised expected ${what}`);
        else {
          const where = shorten(traceback ?? '', TRACEBACK_MAX);
          this.#logger.error(`Task ${name} raised ${what}\n${where}`.trimEnd());
        }
        return;
      }
      case 'retry': {
        const seconds = Math.max(0, (outcome.dueMs - this.#clock.now()) / 1000).toFixed(1);
        const why = outcome.error ? oneLine(`: ${textOf(outcome.error)}`) : '';
        this.#logger.info(`Task ${name} retry in ${seconds}s${why}`);
        return;
      }
      case 'ignored':
        this.#logger.info(`Task ${name} ignored`);
        return;
      case 'replaced':
        this.#logger.info(`Task ${name} replaced ${replacedBy(outcome)}`);
        return;
      case 'rejected':
        this.#logger.warning(
          `Task ${name} rejected${outcome.requeue ? ', requeued' : ''}: ${oneLine(outcome.reason)}`,
        );
        return;
      case 'worker-lost':
        this.#logger.error(`Task ${name} lost its executor: ${oneLine(outcome.reason)}`);
        return;
      case 'malformed':
        this.deadLettered(request, outcome.reason);
    }
  }

  expired(request: Request): void {
    this.#logger.info(`Task ${nameOf(request)} expired before it could start; discarded`);
  }

  /** Nobody here knows the task; it goes back for others until `dueMs`. */
  unknown(request: Request, dueMs: Millis): void {
    const seconds = Math.max(0, (dueMs - this.#clock.now()) / 1000).toFixed(0);
    this.#logger.error(
      `Task ${request.task}[${request.id}] is not registered here; is its module loaded with -A, or named in 'imports'? put back for ${seconds}s`,
    );
  }

  deadLettered(message: Request | Malformed, reason: string): void {
    const name =
      'task' in message ? `Task ${nameOf(message)}` : `Message ${oneLine(message.id ?? '(no id)')}`;
    const queue = oneLine(message.queue);
    this.#logger.error(`${name} moved to dead letters of queue '${queue}': ${oneLine(reason)}`);
  }

  /** Another worker had taken the claim over while the task ran. */
  claimLost(request: Request): void {
    this.#logger.warning(
      `Task ${nameOf(request)} was taken over by another worker while it ran here; only its result was kept`,
    );
  }
}

/** By its shadow, if its sender gave it one. */
function nameOf({ task, id, delivery }: Request): string {
  return `${oneLine(nonEmptyText(delivery.headers['shadow']) ?? task)}[${oneLine(id)}]`;
}

/** Names the tasks that take a task's place. */
function replacedBy({ messages }: Pick<Replacement, 'messages'>): string {
  const [first, ...others] = messages.map(({ headers }) => oneLine(headers.task));
  if (first === undefined) return 'by nothing';
  return others.length === 0 ? `by ${first}` : `by ${first} and ${others.length} more`;
}

/** Arguments of an error of Python's are of any kind: integers that JSON has no form for, too. */
function textOf({ type, args }: RemoteError): string {
  const shown = { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxStringLength: TEXT_MAX };
  const texts = args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg, shown)));
  return `${type}: ${texts.join(', ')}`;
}

function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** What came with a message, as a part of a line: however long it is, and whatever is in it. */
function oneLine(text: string): string {
  return escapeControls(shorten(text, TEXT_MAX));
}
