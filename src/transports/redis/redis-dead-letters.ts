import { randomUUID } from 'node:crypto';
import { type RedisLink, replyCodeOf, unavailable } from '../../drivers/redis/index.ts';
import { chooserOf, readNote, redrivenMessage } from '../burials.ts';
import type {
  DeadLetter,
  DeadLetterChoice,
  DeadLetterInfo,
  DeadLetterPage,
  DeadLetters,
  DeadQueue,
  PageOptions,
  RedriveChoice,
  Redriven,
} from '../dead-letters.ts';
import type { Layout } from './layout.ts';
import { readDead, type StoredLetter } from './read-dead.lua.ts';
import { type TakeDeadInput, takeDead } from './take-dead.lua.ts';

/** So many are moved in one step, and of so many keys the server is asked at a time. */
const BATCH = 100;
const SCAN = 1_000;

/** Resolves with the link once it can be used. */
export type Ready = () => Promise<RedisLink>;

type Taking = TakeDeadInput['letters'][number];

/** What to do with letters that were chosen, the first buried first. */
type Decide = (letter: StoredLetter) => Taking | undefined;

/** The dead letters in a Redis: per queue a list of payloads, and a hash of what is known of each. */
export class RedisDeadLetters implements DeadLetters {
  readonly #ready: Ready;
  readonly #layout: Layout;

  constructor(ready: Ready, layout: Layout) {
    this.#ready = ready;
    this.#layout = layout;
  }

  async queues(): Promise<readonly DeadQueue[]> {
    const link = await this.#ready();
    const keys = new Set<string>();
    let cursor = '0';
    do {
      const args = [cursor, 'match', this.#layout.deadPattern, 'count', SCAN, 'type', 'list'];
      const [next, found] = (await link.call('scan', args)) as [string, string[]];
      for (const key of found) keys.add(key);
      cursor = next;
    } while (cursor !== '0');
    const queues = await Promise.all([...keys].sort().map((key) => this.#count(link, key)));
    return queues.filter(({ count }) => count > 0);
  }

  async page(queue: string, { limit, cursor }: PageOptions): Promise<DeadLetterPage> {
    const link = await this.#ready();
    const letters: DeadLetterInfo[] = [];
    let place = cursor === undefined ? 0 : Number(cursor);
    do {
      const left = limit - letters.length;
      const range = { place, step: -1, last: 1, limit: left, isWhole: false } as const;
      const reply = await told(
        link,
        readDead(link, { dead: this.#layout.deadKey(queue), ...range }),
      );
      letters.push(...reply.letters.map((letter) => infoOf(letter, queue)));
      place = reply.next;
    } while (place > 0 && letters.length === 0);
    return { letters, cursor: place > 0 ? String(place) : undefined };
  }

  async find(queue: string, id: string): Promise<DeadLetter | undefined> {
    const link = await this.#ready();
    const dead = this.#layout.deadKey(queue);
    for (let place = 0; ; ) {
      const range = { place, step: -1, last: 1, limit: 1, isWhole: true } as const;
      const { next, letters } = await told(link, readDead(link, { dead, ...range, ids: [id] }));
      const [letter] = letters;
      if (letter) {
        return { ...infoOf(letter, queue), payload: Buffer.from(letter.payload, 'latin1') };
      }
      if (next === 0) return undefined;
      place = next;
    }
  }

  async redrive(queue: string, { to = queue, ...choice }: RedriveChoice): Promise<Redriven> {
    const refused = new Set<string>();
    const lists = this.#layout.listKeys([to]);
    const taken = await this.#take(queue, { choice, lists, isWhole: true }, (letter) => {
      const message = redrivenMessage(letter.payload, readNote(letter.note));
      if (!message) {
        refused.add(letter.id);
        return undefined;
      }
      const list = this.#layout.listKeyFor(to, message.priority);
      const payload = Buffer.from(message.payload, 'latin1');
      return { place: letter.place, id: letter.id, goal: { list, payload } };
    });
    return { redriven: taken, refused: [...refused] };
  }

  purge(queue: string, choice: DeadLetterChoice): Promise<readonly string[]> {
    return this.#take(queue, { choice, lists: [], isWhole: false }, ({ place, id }) => {
      return { place, id };
    });
  }

  async #count(link: RedisLink, key: string): Promise<DeadQueue> {
    // a list of another's, or a queue of that name, has no such hash beside it
    const isOurs = await link.call('exists', [`${key}.info`]);
    const count = isOurs === 1 ? Number(await link.call('llen', [key])) : 0;
    return { queue: this.#layout.queueOfDead(key), count };
  }

  /** Goes through the letters that there are now, the oldest first, and takes what is to be taken. */
  async #take(queue: string, how: Taker, decide: Decide): Promise<readonly string[]> {
    const link = await this.#ready();
    const dead = this.#layout.deadKey(queue);
    const { ids, before } = how.choice;
    const isChosen = chooserOf({ before });
    if (ids?.length === 0) return [];
    const taken: string[] = [];
    let last = Number(await told(link, link.call('llen', [dead])));
    for (let place = 1; place > 0 && place <= last; ) {
      const range = { place, step: 1, last, limit: BATCH, isWhole: how.isWhole } as const;
      const { next, letters } = await told(link, readDead(link, { dead, ...range, ids }));
      // the script has looked at the ids
      const chosen = before
        ? letters.filter(({ id, note }) => isChosen({ id, at: readNote(note).at }))
        : letters;
      const takings = chosen.flatMap((letter) => decide(letter) ?? []);
      const done = await this.#takeAll(link, { dead, lists: how.lists, letters: takings });
      taken.push(...done);
      // those behind have moved up; where others take too, some were not in their places any more
      last -= done.length;
      if (done.length < takings.length) continue;
      if (next === 0) break;
      place = next - done.length;
    }
    return taken;
  }

  async #takeAll(link: RedisLink, input: Omit<TakeDeadInput, 'tombstone'>): Promise<string[]> {
    if (input.letters.length === 0) return [];
    return told(link, takeDead(link, { ...input, tombstone: `taken ${randomUUID()}` }));
  }
}

/** What the server answers; what it refuses, such as a key of another kind, says where that was. */
async function told<Reply>(link: RedisLink, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (error) {
    throw replyCodeOf(error) ? unavailable(link.address, error) : error;
  }
}

/** Which letters to take, and what with them. */
interface Taker {
  readonly choice: DeadLetterChoice;
  /** Of the queue that they go to. */
  readonly lists: readonly string[];
  /** Whether their payloads are asked for. */
  readonly isWhole: boolean;
}

function infoOf({ id, size, note }: StoredLetter, queue: string): DeadLetterInfo {
  return { id, queue, size, ...readNote(note) };
}
