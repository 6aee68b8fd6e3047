import { randomUUID } from 'node:crypto';
import {
  CONTROL_EXCHANGE,
  type ControlCommand,
  encodeControl,
  getSerializer,
  type Serializer,
} from '../protocol/index.ts';
import type { ResultHost } from '../results/index.ts';
import type { Millis } from '../util/index.ts';
import { warnOfWaiting } from './sync-subtasks.ts';
import type { Wiring } from './wiring.ts';

/** What commands to workers are sent with. */
export interface TellingParts {
  readonly wiring: () => Wiring;
  /** That of signed messages, if the app signs. */
  readonly auth: () => Serializer | undefined;
}

/** How long a command is of use, as Celery says it; its workers do not look at it. */
const EXPIRES_MS: Millis = 1_000;

/** An app's way to all workers, and what handles need of their app. */
export class Telling implements ResultHost {
  readonly #parts: TellingParts;
  /** Counts what was told: workers move their clocks on by it. */
  #clock = 0;
  readonly onWait = warnOfWaiting;

  constructor(parts: TellingParts) {
    this.#parts = parts;
  }

  /** @throws SendTimeoutError, EncodeError */
  async tell(command: ControlCommand): Promise<void> {
    const { producer, settings, clock } = this.#parts.wiring();
    this.#clock += 1;
    const payload = encodeControl(command, {
      clock: this.#clock,
      expiresMs: clock.now() + EXPIRES_MS,
      serializer: getSerializer(settings.taskSerializer, this.#parts.auth()),
      types: settings.jsonTypes,
      deliveryTag: randomUUID(),
    });
    await producer.broadcast(CONTROL_EXCHANGE, payload);
  }
}
