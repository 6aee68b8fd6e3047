import { type RedisLink, unavailable } from '../../drivers/redis/index.ts';
import type { Route } from '../../protocol/index.ts';
import type { Verdict } from '../burials.ts';
import { ChordNews } from '../chord-news.ts';
import type { Completion, ConsumeOptions } from '../transport.ts';
import { insteadOf, isUnsendable } from '../unsent.ts';
import { type Commit, type CommitReply, commit } from './commit.lua.ts';
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
  readonly letter: () => Omit<Verdict, 'reason'>;
  /** The list that a queue's dead letters are kept in. */
  readonly deadKeyOf: (queue: string) => string;
  readonly onNotice: ConsumeOptions['onNotice'];
  readonly onComplete: ConsumeOptions['onComplete'];
}

const noBindings: BindingTable = new Map();

/** Applies completions in batches; one that the server refuses does not hold up the others. */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #chordNews: ChordNews;
  /** Their commit had no answer: some or all may be done, so that they will look lost when it is repeated. */
  readonly #unsure = new Set<string>();
  /** Applied before another of their batch failed, with those whose claim was lost: left out when it is repeated. */
  readonly #applied = new WeakMap<Completion, readonly string[]>();
  /** Whether there may be such. */
  #isPartial = false;
  /** What people were told last of chords whose keys are not what they should be. */
  #toldOf = '';

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#chordNews = new ChordNews(parts);
  }

  /** Nobody is told of chords any more. */
  stop(): void {
    this.#chordNews.stop();
  }

  /** See `Consumer.commit`. */
  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const left = this.#isPartial
      ? completions.filter((each) => !this.#applied.has(each))
      : completions;
    const lost = left.length > 0 ? [...(await this.#commit(left))] : [];
    if (this.#isPartial) {
      for (const each of completions) lost.push(...(this.#applied.get(each) ?? []));
    }
    const known = lost.filter((tag) => !this.#unsure.has(tag));
    for (const { tag } of completions) {
      this.#unsure.delete(tag);
      this.#parts.held.remove(tag);
    }
    return known;
  }

  async #commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const reply = await this.#send(completions);
    const { applied, trouble, lost } = reply;
    if (!trouble) return lost;
    this.#noteAll(completions.slice(0, applied), lost);
    const [faulty, ...more] = completions.slice(applied);
    if (faulty && reply.isOfChord) {
      if (more.length > 0) this.#noteAll(more, await this.#commit(more));
      throw this.#inTheWay(trouble);
    }
    if (faulty) this.#note(faulty, await this.#commitWithout(faulty, trouble));
    return more.length > 0 ? this.#commit(more) : [];
  }

  #noteAll(completions: readonly Completion[], lost: readonly string[]): void {
    for (const each of completions) {
      if (!this.#applied.has(each)) this.#note(each, lost.includes(each.tag) ? [each.tag] : []);
    }
  }

  /** Its messages can be sent, once there is nothing else in the place of what is kept of its chords. */
  #inTheWay({ message }: Error): Error {
    const { link, onNotice } = this.#parts;
    if (this.#toldOf !== message) {
      const what = 'a task has ended and cannot be counted in its chord';
      onNotice('error', `${what}, which is tried until the key in its way is removed: ${message}`);
    }
    this.#toldOf = message;
    return unavailable(link.address, message);
  }

  #note(completion: Completion, lost: readonly string[]): void {
    this.#isPartial = true;
    this.#applied.set(completion, lost);
  }

  /** Sends as many as have a place for what follows them. */
  async #send(completions: readonly Completion[]): Promise<SendReply> {
    const { link, layout, held, letter, deadKeyOf } = this.#parts;
    const routes = routesOf(completions);
    const table = routes.length > 0 ? await readBindings(link, layout, routes) : noBindings;
    const context = { layout, table, letter, deadKeyOf };
    const commits: Commit[] = [];
    let unsendable: Error | undefined;
    for (const each of completions) {
      try {
        commits.push(planCommit(each, held.find(each.tag), context));
      } catch (error) {
        if (!isUnsendable(error)) throw error;
        unsendable = error;
        break;
      }
    }
    if (commits.length === 0) {
      return { applied: 0, trouble: unsendable, isOfChord: false, lost: [], complete: [] };
    }
    try {
      const reply = await commit(link, { layout, db: link.address.db, commits });
      this.#chordNews.note(reply.complete);
      return { ...reply, trouble: reply.trouble === '' ? unsendable : new Error(reply.trouble) };
    } catch (error) {
      for (const { tag } of completions) this.#unsure.add(tag);
      throw error;
    }
  }

  /** A message of this completion cannot be sent, now or later: the task becomes a dead letter. */
  async #commitWithout(completion: Completion, trouble: Error): Promise<readonly string[]> {
    if (completion.messages.length === 0) {
      // it may be half done, and look lost when it is repeated
      this.#unsure.add(completion.tag);
      throw unavailable(this.#parts.link.address, trouble.message);
    }
    const bare = { ...completion, messages: [] };
    const instead = insteadOf<Completion>(bare, trouble, this.#parts.onNotice);
    const reply = await this.#send([instead]);
    if (reply.trouble && reply.isOfChord) throw this.#inTheWay(reply.trouble);
    return reply.trouble ? this.#commitWithout(instead, reply.trouble) : reply.lost;
  }
}

/** What became of completions; `trouble` is what was wrong with the first that was not applied. */
type SendReply = Omit<CommitReply, 'trouble'> & { readonly trouble: Error | undefined };

/** The exchanges that messages go through; mostly there are none. */
function routesOf(completions: readonly Completion[]): Route[] {
  const routes: Route[] = [];
  for (const { messages } of completions) {
    for (const { route } of messages) if (route) routes.push(route);
  }
  return routes;
}
