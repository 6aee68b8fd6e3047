/** The dead letters of a broker: messages that no worker will run, kept for people, by queue, to their last byte. */
export interface DeadLetters {
  /** The queues that have some, by name. */
  queues(): Promise<readonly DeadQueue[]>;
  /** A part of a queue's, newest first. What comes or goes meanwhile may be in two parts, or in none. */
  page(queue: string, options: PageOptions): Promise<DeadLetterPage>;
  /** The newest with that id. @returns undefined if there is none. */
  find(queue: string, id: string): Promise<DeadLetter | undefined>;
  /**
   * Puts messages back, the one buried first before the others, at the tail of the queue, in the step of their priority:
   * at no instant is one in both places or in neither. Their deliveries count from 0 again. What is no message stays
   * where it is, as it would come back at once.
   */
  redrive(queue: string, choice: RedriveChoice): Promise<Redriven>;
  /** Deletes. @returns the ids. */
  purge(queue: string, choice: DeadLetterChoice): Promise<readonly string[]>;
}

/** A queue that has dead letters. */
export interface DeadQueue {
  readonly queue: string;
  readonly count: number;
}

/** Which part of a queue's dead letters. */
export interface PageOptions {
  /** At most so many; it may be fewer though there are more. */
  readonly limit: number;
  /** From where the last part ended; without it from the newest. */
  readonly cursor?: string | undefined;
}

/** A part of a queue's dead letters. */
export interface DeadLetterPage {
  readonly letters: readonly DeadLetterInfo[];
  /** For the next part; undefined: there is none. */
  readonly cursor: string | undefined;
}

/** Which of a queue's dead letters; all there are at the time if nothing is said. */
export interface DeadLetterChoice {
  readonly ids?: readonly string[] | undefined;
  /** Only those that were buried before this. */
  readonly before?: Date | undefined;
}

/** Which messages to put back, and where to. */
export interface RedriveChoice extends DeadLetterChoice {
  /** Another queue than the one that they came from. */
  readonly to?: string | undefined;
}

/** What became of those chosen, by id. */
export interface Redriven {
  readonly redriven: readonly string[];
  /** They are no messages, and stay. */
  readonly refused: readonly string[];
}

/** One time that a message became a dead letter. */
export interface Burial {
  readonly reason: string;
  /** null: nobody wrote it down. */
  readonly at: Date | null;
  /** The node that gave it up. */
  readonly worker: string;
  /** How often it was delivered to a worker that was lost with it. */
  readonly deliveries: number;
}

/** What is known of a dead letter. */
export interface DeadLetterInfo extends Burial {
  /** The SHA-1 of its bytes in hexadecimal: those that are equal have the same, and what is done to one is done to all. */
  readonly id: string;
  readonly queue: string;
  /** null: it has none that could be read. */
  readonly task: string | null;
  readonly taskId: string | null;
  /** In bytes. */
  readonly size: number;
  /** When it was a dead letter before, the latest last; the last ten times. */
  readonly earlier: readonly Burial[];
}

/** A dead letter with its bytes. */
export interface DeadLetter extends DeadLetterInfo {
  readonly payload: Buffer;
}
