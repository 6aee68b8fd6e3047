import { type PayloadPart, PayloadTooLargeError } from '../errors.ts';
import {
  type Body,
  type BodyOptions,
  type Content,
  encodeContent,
  encodeJson,
  type JsonTypes,
} from '../protocol/index.ts';
import type { LogFields, Logger } from '../util/index.ts';

/** Whose body it is, and how many bytes it may have. */
export interface PayloadLimit {
  readonly taskName: string;
  readonly maxBytes: number;
}

/** Writes a body that is within the limit, before it is compressed and after. @throws PayloadTooLargeError, EncodeError */
export function encodeWithin(body: Body, options: BodyOptions, limit: PayloadLimit): Content {
  const checkSize = (size: number) => checkPayload('body', size, limit);
  const content = withinText('body', limit, () =>
    encodeContent(body, options.compression ? { ...options, checkSize } : options),
  );
  checkSize(content.body.length);
  return content;
}

/** A task's result, or what a state of its own carries, as JSON within the limit. @throws PayloadTooLargeError, EncodeError */
export function encodeResult(
  part: 'result' | 'state',
  value: unknown,
  { types, ...limit }: PayloadLimit & { readonly types: JsonTypes },
): string {
  const path = part === 'result' ? part : 'meta';
  const text = withinText(part, limit, () => encodeJson(value, { types, path }));
  checkPayload(part, text.length, limit);
  return text;
}

/** @throws PayloadTooLargeError */
function checkPayload(part: PayloadPart, size: number, { taskName, maxBytes }: PayloadLimit): void {
  if (size > maxBytes) throw new PayloadTooLargeError({ part, taskName, size, limit: maxBytes });
}

/** Longer than any text in this Node. */
const MORE_THAN_ANY_TEXT = 0x2000_0000;

/** @throws PayloadTooLargeError where a text would become longer than there can be texts */
export function withinText<Result>(
  part: PayloadPart,
  limit: PayloadLimit,
  write: () => Result,
): Result {
  try {
    return write();
  } catch (error) {
    // V8 has no code for it; its other RangeErrors are no matter of size
    const isTooLong =
      error instanceof RangeError && /string length|string longer/.test(error.message);
    if (isTooLong) checkPayload(part, MORE_THAN_ANY_TEXT, limit);
    throw error;
  }
}

/** A body of so many bytes as it is sent deserves a word. */
const LARGE_BYTES = 1_000_000;
/** Of so many tasks it is told at most. */
const NAMES_MAX = 1_000;

/** Says once per task that its bodies are large. */
export class LargeBodies {
  readonly #logger: Pick<Logger, 'warning'>;
  readonly #told = new Set<string>();

  constructor(logger: Pick<Logger, 'warning'>) {
    this.#logger = logger;
  }

  note(taskName: string, size: number): void {
    if (size < LARGE_BYTES || this.#told.has(taskName) || this.#told.size >= NAMES_MAX) return;
    this.#told.add(taskName);
    const fields: LogFields = { taskName, size };
    this.#logger.warning(
      `a message of task '${taskName}' has a body of ${size} bytes; the broker keeps all of it in memory: pass a reference to large data, or compress it (said once per task)`,
      fields,
    );
  }
}
