import { type Database, deadLetterQueries, type Session } from '../../drivers/sqlite/index.ts';
import { chooserOf, letterOf, redrivenMessage } from '../burials.ts';
import type {
  DeadLetter,
  DeadLetterChoice,
  DeadLetterPage,
  DeadLetters,
  DeadQueue,
  PageOptions,
  RedriveChoice,
  Redriven,
} from '../dead-letters.ts';
import { stepFor } from '../layout-options.ts';
import { insertRows } from './rows.ts';

/** So many are read, or moved in one transaction, at a time. */
const BATCH = 200;

/** A dead letter with its row. */
interface Row {
  readonly rowId: number;
  readonly text: string;
  readonly letter: DeadLetter;
}

/** What to do with a letter that was chosen. @returns whether it is taken out */
type Take = (session: Session, row: Row) => boolean;

/** The dead letters in a file. */
export class SqliteDeadLetters implements DeadLetters {
  readonly #database: () => Database;
  readonly #steps: readonly number[];

  constructor(database: () => Database, steps: readonly number[]) {
    this.#database = database;
    this.#steps = steps;
  }

  async queues(): Promise<readonly DeadQueue[]> {
    const rows = await this.#database().read((session) =>
      session.all(deadLetterQueries.countDeadLetters, []),
    );
    return rows.map(([queue, count]) => ({ queue, count }));
  }

  async page(queue: string, { limit, cursor }: PageOptions): Promise<DeadLetterPage> {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const rows = await this.#before(queue, before, Math.min(limit, BATCH) + 1);
    const shown = rows.slice(0, Math.min(limit, BATCH));
    return {
      letters: shown.map(({ letter: { payload: _, ...info } }) => info),
      cursor: rows.length > shown.length ? String(shown.at(-1)?.rowId) : undefined,
    };
  }

  async find(queue: string, id: string): Promise<DeadLetter | undefined> {
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      const rows = await this.#before(queue, before, BATCH);
      const found = rows.find(({ letter }) => letter.id === id);
      if (found) return found.letter;
      if (rows.length < BATCH) return undefined;
      before = rows.at(-1)?.rowId ?? 0;
    }
  }

  async redrive(queue: string, { to = queue, ...choice }: RedriveChoice): Promise<Redriven> {
    const refused = new Set<string>();
    const redriven = await this.#take(queue, choice, (session, { text, letter }) => {
      const message = redrivenMessage(text, letter);
      if (!message) {
        refused.add(letter.id);
        return false;
      }
      const step = stepFor(this.#steps, message.priority);
      insertRows(session, [{ queue: to, step, payload: message.payload }]);
      return true;
    });
    return { redriven, refused: [...refused] };
  }

  purge(queue: string, choice: DeadLetterChoice): Promise<readonly string[]> {
    return this.#take(queue, choice, () => true);
  }

  async #before(queue: string, before: number, limit: number): Promise<Row[]> {
    const rows = await this.#database().read((session) =>
      session.all(deadLetterQueries.deadLettersBefore, [queue, before, limit]),
    );
    return rows.map((row) => rowOf(queue, row));
  }

  /** Goes through the letters that there are now, the oldest first. */
  async #take(queue: string, choice: DeadLetterChoice, take: Take): Promise<readonly string[]> {
    const database = this.#database();
    const isChosen = chooserOf(choice);
    const found = await database.read((session) =>
      session.all(deadLetterQueries.lastDeadLetter, [queue]),
    );
    const last = found[0]?.[0] ?? 0;
    const taken: string[] = [];
    for (let after = 0; after < last; ) {
      const chunk = await database.write(
        (session) => {
          const params = [queue, after, last, BATCH] as const;
          const rows = session.all(deadLetterQueries.deadLettersAfter, [...params]);
          const chosen = rows
            .map((row) => rowOf(queue, row))
            .filter(({ letter }) => isChosen(letter));
          const done = chosen.filter((row) => take(session, row));
          for (const { rowId } of done) session.run(deadLetterQueries.deleteDeadLetter, [rowId]);
          return { ids: done.map(({ letter }) => letter.id), last: rows.at(-1)?.[0] ?? last };
        },
        { announce: true },
      );
      taken.push(...chunk.ids);
      after = chunk.last;
      await new Promise((resolve) => setImmediate(resolve)); // others have work to do too
    }
    return taken;
  }
}

function rowOf(queue: string, [rowId, text, note]: readonly [number, string, string]): Row {
  return { rowId, text, letter: letterOf(queue, text, note) };
}
