import type { Settings } from '../config/index.ts';
import { ConfigError, summaryOf } from '../errors.ts';
import { bodyOf, parseEnvelope } from '../protocol/index.ts';
import type {
  DeadLetter,
  DeadLetterInfo,
  DeadLetterPage,
  DeadLetters,
  DeadQueue,
  PageOptions,
  Transport,
} from '../transports/index.ts';
import type { App } from './app.ts';
import type { Router } from './routing/router.ts';
import { readingOf } from './run/job-facts.ts';

/** A dead letter with as much of its message as can be read. */
export interface DeadMessage extends DeadLetter {
  /** null: it is no message at all. */
  readonly headers: Readonly<Record<string, unknown>> | null;
  readonly properties: Readonly<Record<string, unknown>> | null;
  /** null: they cannot be read; `problem` says why. */
  readonly args: readonly unknown[] | null;
  readonly kwargs: Readonly<Record<string, unknown>> | null;
  readonly problem: string | null;
}

/** Which dead letters are meant. One of `queue`, `ids`, `before` and `all` must be said; where several are, all must fit. */
export interface DeadLetterSelection {
  /** Those of this queue; of all queues if not given. */
  readonly queue?: string | undefined;
  /** Those with these ids, or beginnings of ids that mean but one; and those of tasks with these ids. */
  readonly ids?: readonly string[] | undefined;
  /** Those that were buried before this. */
  readonly before?: Date | undefined;
  readonly all?: boolean | undefined;
}

/** Which messages to put back, and where to. */
export interface RedriveSelection extends DeadLetterSelection {
  /** Another queue than the one that each came from. */
  readonly to?: string | undefined;
}

/** What became of those that were to be put back. */
export interface RedriveResult {
  readonly redriven: number;
  /** The ids of those that are no messages: they would come back at once, and stay. */
  readonly refused: readonly string[];
  /** Those of the given ids that nothing is known of. */
  readonly missing: readonly string[];
}

/** What became of those that were to be deleted. */
export interface PurgeResult {
  readonly purged: number;
  /** Those of the given ids that nothing is known of. */
  readonly missing: readonly string[];
}

/** How many are looked at in one round trip by who looks for some. */
const PAGE = 1_000;
/** A shorter text is no beginning of an id. */
const PREFIX_MIN = 4;

/** What an office needs of its app. */
export interface OfficeApp {
  readonly settings: Settings;
  readonly security: App['security'];
  readonly router: Router;
  source(): Promise<Transport>;
}

/** The dead letters of an app's broker: to look at, to put back into their queues, and to delete. */
export class DeadLetterOffice {
  readonly #app: OfficeApp;

  constructor(app: OfficeApp) {
    this.#app = app;
  }

  /** The queues that have dead letters, with how many. */
  async queues(): Promise<readonly DeadQueue[]> {
    return (await this.#letters()).queues();
  }

  /** Some of a queue's, the newest first; `cursor` of what comes back has the next ones. */
  async list(queue: string, options: Partial<PageOptions> = {}): Promise<DeadLetterPage> {
    const { limit = 100, cursor } = options;
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new ConfigError(`'limit' must be a whole number from 1, got ${String(limit)}`);
    }
    return (await this.#letters()).page(queue, { limit, cursor });
  }

  /**
   * The newest with that id, a beginning of it, or the id of its task.
   * @throws ConfigError if it is the beginning of several
   */
  async find(
    id: string,
    { queue }: Pick<DeadLetterSelection, 'queue'> = {},
  ): Promise<DeadMessage | undefined> {
    const letters = await this.#letters();
    for (const [name, ids] of await this.#resolve(letters, [id], queue)) {
      const letter = await letters.find(name, [...ids.keys()][0] ?? '');
      if (letter) return this.#read(letter);
    }
    return undefined;
  }

  /**
   * Puts messages back at the tail of their queue, the one buried first before the others. Their deliveries count
   * from 0 again, and they carry what they have been through.
   * @throws ConfigError if nothing is said, or for a broadcast queue, whose messages no worker would get
   */
  async redrive({ to, ...selection }: RedriveSelection): Promise<RedriveResult> {
    const letters = await this.#letters();
    const [choices, missing] = await this.#choices(letters, selection);
    if (to === undefined) this.#refuseBroadcasts(choices.map(([queue]) => queue));
    const refused: string[] = [];
    let redriven = 0;
    for (const [queue, ids] of choices) {
      const done = await letters.redrive(queue, { ids, to, before: selection.before });
      redriven += done.redriven.length;
      refused.push(...done.refused);
    }
    return { redriven, refused, missing };
  }

  /** Deletes them for good. @throws ConfigError if nothing is said */
  async purge(selection: DeadLetterSelection): Promise<PurgeResult> {
    const letters = await this.#letters();
    const [choices, missing] = await this.#choices(letters, selection);
    let purged = 0;
    for (const [queue, ids] of choices) {
      purged += (await letters.purge(queue, { ids, before: selection.before })).length;
    }
    return { purged, missing };
  }

  async #letters(): Promise<DeadLetters> {
    return (await this.#app.source()).deadLetters;
  }

  /** The ids by queue, undefined for all of a queue; and what was not found. */
  async #choices(
    letters: DeadLetters,
    { queue, ids, before, all }: DeadLetterSelection,
  ): Promise<[(readonly [string, readonly string[] | undefined])[], readonly string[]]> {
    if (ids === undefined) {
      if (queue !== undefined) return [[[queue, undefined]], []];
      if (before === undefined && !all) {
        throw new ConfigError("say which dead letters: give 'queue', 'ids', 'before' or 'all'");
      }
      return [(await letters.queues()).map((each) => [each.queue, undefined]), []];
    }
    const found = await this.#resolve(letters, ids, queue);
    const known = new Set([...found.values()].flatMap((each) => [...each.values()].flat()));
    const choices = [...found].map(([name, each]) => [name, [...each.keys()]] as const);
    return [choices, ids.filter((id) => !known.has(id))];
  }

  /** @returns by queue the full ids, each with what was given for it. */
  async #resolve(
    letters: DeadLetters,
    given: readonly string[],
    queue: string | undefined,
  ): Promise<Map<string, Map<string, string[]>>> {
    const queues = queue === undefined ? await letters.queues() : [{ queue }];
    const found = new Map<string, Map<string, string[]>>();
    for (const { queue: name } of queues) {
      const ids = new Map<string, string[]>();
      for await (const letter of lettersOf(letters, name)) {
        const meant = given.filter((id) => isMeant(letter, id));
        if (meant.length > 0 && !ids.has(letter.id)) ids.set(letter.id, meant);
      }
      if (ids.size > 0) found.set(name, ids);
    }
    refuseAmbiguous(given, found);
    return found;
  }

  #refuseBroadcasts(queues: readonly string[]): void {
    const broadcast = this.#app.router.queues.all.find(
      ({ name, isBroadcast }) => isBroadcast && queues.includes(name),
    );
    if (!broadcast) return;
    throw new ConfigError(
      `queue '${broadcast.name}' is a broadcast one: workers have queues of their own there, and none would get what is put back; say another queue with 'to'`,
    );
  }

  #read(letter: DeadLetter): DeadMessage {
    const envelope = parseEnvelope(letter.payload.toString());
    const nothing = { headers: null, properties: null, args: null, kwargs: null };
    if (!envelope.ok) return { ...letter, ...nothing, problem: envelope.reason };
    const { headers, properties } = envelope;
    try {
      const { args, kwargs } = bodyOf(envelope, readingOf({ app: this.#app }));
      return { ...letter, headers, properties, args, kwargs, problem: null };
    } catch (error) {
      return { ...letter, ...nothing, headers, properties, problem: summaryOf(error) };
    }
  }
}

async function* lettersOf(letters: DeadLetters, queue: string): AsyncGenerator<DeadLetterInfo> {
  let cursor: string | undefined;
  do {
    const page = await letters.page(queue, { limit: PAGE, cursor });
    yield* page.letters;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function isMeant({ id, taskId }: DeadLetterInfo, given: string): boolean {
  if (taskId === given) return true;
  return given.length >= PREFIX_MIN && id.startsWith(given.toLowerCase());
}

/** A beginning must mean one message; a task's id may mean several. */
function refuseAmbiguous(
  given: readonly string[],
  found: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>,
): void {
  for (const text of given) {
    const ids = new Set<string>();
    for (const each of found.values()) {
      for (const [id, meant] of each) {
        if (meant.includes(text) && id.startsWith(text.toLowerCase())) ids.add(id);
      }
    }
    if (ids.size < 2) continue;
    throw new ConfigError(`'${text}' is the beginning of ${ids.size} ids; write more of the one`);
  }
}
