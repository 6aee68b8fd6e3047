import { type RedisLink, replyCodeOf } from '../../drivers/redis/index.ts';
import { MessageUnroutableError, summaryOf } from '../../errors.ts';
import type { Route } from '../../protocol/index.ts';
import type { Completion, ConsumeOptions } from '../transport.ts';
import { commit } from './commit.lua.ts';
import type { DeadLetter } from './entry.ts';
import type { HeldClaims } from './held-claims.ts';
import type { Layout } from './layout.ts';
import { planCommit } from './plans.ts';
import { type BindingTable, readBindings } from './routes.ts';

/** What a committer works with. */
export interface CommitterParts {
  readonly link: RedisLink;
  readonly layout: Layout;
  readonly held: HeldClaims;
  /** What is noted of a dead letter beside its reason. */
  readonly letter: () => Omit<DeadLetter, 'reason'>;
  /** The list that a queue's dead letters are kept in. */
  readonly deadKeyOf: (queue: string) => string;
  readonly onNotice: ConsumeOptions['onNotice'];
}

const noBindings: BindingTable = new Map();

/** Applies completions in batches; where the server refuses one, that one alone. */
export class Committer {
  readonly #parts: CommitterParts;
  /** Their commit had no answer: some or all may be done, so that they will look lost when it is repeated. */
  readonly #unsure = new Set<string>();

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** See `Consumer.commit`. */
  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const lost = await this.#commit(completions);
    const known = lost.filter((tag) => !this.#unsure.has(tag));
    for (const { tag } of completions) {
      this.#unsure.delete(tag);
      this.#parts.held.remove(tag);
    }
    return known;
  }

  async #commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const { link, layout, held, letter, deadKeyOf } = this.#parts;
    try {
      const routes = routesOf(completions);
      const table = routes.length > 0 ? await readBindings(link, layout, routes) : noBindings;
      const context = { layout, table, letter, deadKeyOf };
      const commits = completions.map((each) => planCommit(each, held.find(each.tag), context));
      return await commit(link, { layout, db: link.address.db, commits });
    } catch (error) {
      // otherwise nothing was sent
      if (!(error instanceof MessageUnroutableError)) {
        for (const { tag } of completions) this.#unsure.add(tag);
      }
      if (!isFault(error)) throw error;
      if (completions.length > 1) return await this.#commitEach(completions);
      return this.#commitWithout(completions, error);
    }
  }

  async #commitEach(completions: readonly Completion[]): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const completion of completions) lost.push(...(await this.#commit([completion])));
    return lost;
  }

  /** A message of this completion has no place to go, now or later: the task becomes a dead letter. */
  async #commitWithout(
    [completion]: readonly Completion[],
    error: Error,
  ): Promise<readonly string[]> {
    if (!completion || completion.messages.length === 0) throw error;
    const reason = `what follows it cannot be published: ${summaryOf(error)}`;
    this.#parts.onNotice('error', `dead-lettered a task: ${reason}`);
    const settle =
      completion.settle.kind === 'kept'
        ? completion.settle
        : ({ kind: 'dead-letter', reason } as const);
    return this.#commit([{ ...completion, settle, messages: [] }]);
  }
}

/** The exchanges that messages go through; mostly there are none. */
function routesOf(completions: readonly Completion[]): Route[] {
  const routes: Route[] = [];
  for (const { messages } of completions) {
    for (const { route } of messages) if (route) routes.push(route);
  }
  return routes;
}

/** Whether a command was wrong in itself, as opposed to a server that cannot at the moment. */
function isFault(error: unknown): error is Error {
  if (error instanceof MessageUnroutableError) return true;
  return ['WRONGTYPE', 'ERR'].includes(replyCodeOf(error) ?? '');
}
