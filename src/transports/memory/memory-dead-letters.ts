import { chooserOf, idOf, letterOf, redrivenMessage } from '../burials.ts';
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
import type { Broker } from './broker.ts';
import type { BuriedMessage } from './graveyard.ts';
import type { StoredMessage } from './queues.ts';

/** The dead letters in the memory of this process. */
export class MemoryDeadLetters implements DeadLetters {
  readonly #broker: () => Broker;
  readonly #steps: readonly number[];

  constructor(broker: () => Broker, steps: readonly number[]) {
    this.#broker = broker;
    this.#steps = steps;
  }

  async queues(): Promise<readonly DeadQueue[]> {
    const { deadLetters } = this.#broker();
    return deadLetters.queues.map((queue) => ({ queue, count: deadLetters.of(queue).length }));
  }

  async page(queue: string, { limit, cursor }: PageOptions): Promise<DeadLetterPage> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
    const older = this.#broker()
      .deadLetters.of(queue)
      .filter(({ number }) => number < before);
    const shown = older.slice(-limit).reverse();
    return {
      letters: shown.map((buried) => {
        const { payload: _, ...info } = letterOf(queue, buried.payload, buried.info);
        return info;
      }),
      cursor: older.length > shown.length ? String(shown.at(-1)?.number) : undefined,
    };
  }

  async find(queue: string, id: string): Promise<DeadLetter | undefined> {
    const letters = this.#broker().deadLetters.of(queue);
    const found = letters.findLast(({ payload }) => idOf(Buffer.from(payload)) === id);
    return found && letterOf(queue, found.payload, found.info);
  }

  async redrive(queue: string, { to = queue, ...choice }: RedriveChoice): Promise<Redriven> {
    const broker = this.#broker();
    const refused = new Set<string>();
    const redriven: string[] = [];
    const gone: BuriedMessage[] = [];
    const messages: StoredMessage[] = [];
    for (const [buried, letter] of chosen(broker, queue, choice)) {
      const message = redrivenMessage(buried.payload, letter);
      if (!message) {
        refused.add(letter.id);
        continue;
      }
      const step = stepFor(this.#steps, message.priority);
      messages.push({ queue: to, step, payload: message.payload });
      gone.push(buried);
      redriven.push(letter.id);
    }
    broker.deadLetters.remove(queue, gone);
    broker.redrive(messages);
    return { redriven, refused: [...refused] };
  }

  async purge(queue: string, choice: DeadLetterChoice): Promise<readonly string[]> {
    const broker = this.#broker();
    const purged = chosen(broker, queue, choice);
    broker.deadLetters.remove(
      queue,
      purged.map(([buried]) => buried),
    );
    return purged.map(([, { id }]) => id);
  }
}

/** The oldest first. */
function chosen(
  broker: Broker,
  queue: string,
  choice: DeadLetterChoice,
): readonly (readonly [BuriedMessage, DeadLetter])[] {
  const isChosen = chooserOf(choice);
  return broker.deadLetters
    .of(queue)
    .map((buried) => [buried, letterOf(queue, buried.payload, buried.info)] as const)
    .filter(([, letter]) => isChosen(letter));
}
