import { type RedisLink, unavailable } from '../../drivers/redis/index.ts';
import type { Route } from '../../protocol/index.ts';
import type { Verdict } from '../burials.ts';
import { ChordNews } from '../chord-news.ts';
import { HeldUpError } from '../held-up.ts';
import type { Completion, ConsumeOptions } from '../transport.ts';
import { insteadOf, isUnsendable } from '../unsent.ts';
import { ChordJam, type ChordTrouble, chordTrouble } from './chord-jam.ts';
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

/** So many notices of chords are remembered. */
const TOLD_MAX = 1_000;
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
  /** What people were told of chords that cannot be written. */
  readonly #told = new Set<string>();

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
    const jam = new ChordJam();
    const lost = left.length > 0 ? [...(await this.#commit(left, jam))] : [];
    if (this.#isPartial) {
      for (const each of completions) lost.push(...(this.#applied.get(each) ?? []));
    }
    const known = lost.filter((tag) => !this.#unsure.has(tag));
    for (const each of completions) {
      if (jam.holds(each)) continue;
      this.#unsure.delete(each.tag);
      this.#parts.held.remove(each.tag);
    }
    if (jam.reason === undefined) return known;
    const { shown } = this.#parts.link.address;
    throw new HeldUpError(shown, jam.reason, { places: jam.placesIn(completions), lost: known });
  }

  /** @param jam - gets what is held up. @returns the lost claims that are noted nowhere. */
  async #commit(all: readonly Completion[], jam: ChordJam): Promise<readonly string[]> {
    let left = all;
    while (left.length > 0) {
      const reply = await this.#send(left);
      const { applied, trouble, lost } = reply;
      if (!trouble && left === all) return lost;
      this.#noteAll(left.slice(0, applied), lost);
      const faulty = left[applied];
      left = left.slice(applied + 1);
      if (!trouble || !faulty) continue;
      const replaced = reply.isOfChord ? reply : await this.#commitWithout(faulty, trouble);
      if (replaced.isOfChord) left = jam.add(faulty, this.#inTheWay(replaced), left);
      else this.#note(faulty, replaced.lost);
    }
    return [];
  }

  #noteAll(completions: readonly Completion[], lost: readonly string[]): void {
    for (const each of completions) {
      if (!this.#applied.has(each)) this.#note(each, lost.includes(each.tag) ? [each.tag] : []);
    }
  }

  /** Its messages can be sent, once what is kept of its chord can be written. @returns what people are told, once. */
  #inTheWay({ trouble, chordKey }: SendReply): ChordTrouble {
    const reason = chordTrouble(chordKey, trouble?.message ?? '');
    if (!this.#told.has(reason)) this.#parts.onNotice('error', reason);
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(reason);
    return { chordKey, reason };
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
      return { ...NOTHING_APPLIED, trouble: unsendable };
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
  async #commitWithout(completion: Completion, trouble: Error): Promise<SendReply> {
    if (completion.messages.length === 0) {
      // it may be half done, and look lost when it is repeated
      this.#unsure.add(completion.tag);
      throw unavailable(this.#parts.link.address, trouble.message);
    }
    const bare = { ...completion, messages: [] };
    const instead = insteadOf<Completion>(bare, trouble, this.#parts.onNotice);
    const reply = await this.#send([instead]);
    if (!reply.trouble || reply.isOfChord) return reply;
    return this.#commitWithout(instead, reply.trouble);
  }
}

/** What became of completions; `trouble` is what was wrong with the first that was not applied. */
type SendReply = Omit<CommitReply, 'trouble'> & { readonly trouble: Error | undefined };

const NOTHING_APPLIED = { applied: 0, isOfChord: false, chordKey: '', lost: [], complete: [] };

/** The exchanges that messages go through; mostly there are none. */
function routesOf(completions: readonly Completion[]): Route[] {
  const routes: Route[] = [];
  for (const { messages } of completions) {
    for (const { route } of messages) if (route) routes.push(route);
  }
  return routes;
}
