import { DecodeError } from '../../errors.ts';

/** Bits of a stream that is read from its end, where the highest bit that is set marks where to begin. */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  readonly #from: number;
  /** How many bits are left; below zero when zeros were read that are not there. */
  left: number;

  /** @param bytes - of which those from `from` to `to` are the stream */
  constructor(bytes: Uint8Array, from: number, to: number) {
    const last = to > from ? bytes[to - 1] : undefined;
    if (!last) throw new DecodeError('a stream of bits in the zstd has no end');
    this.#bytes = bytes;
    this.#from = from;
    this.left = (to - from) * 8 - 1 - (Math.clz32(last) - 24);
  }

  /** The next bits without taking them. @param count - at most 24 */
  peek(count: number): number {
    const mask = (1 << count) - 1;
    const lowest = this.left - count;
    if (lowest >= 0) return this.#word(lowest) & mask;
    // zeros follow
    return this.left <= 0 ? 0 : ((this.#word(0) & ((1 << this.left) - 1)) << -lowest) & mask;
  }

  /** @param count - at most 24 */
  read(count: number): number {
    const bits = this.peek(count);
    this.left -= count;
    return bits;
  }

  /** At least 25 bits from a place on; what is behind the stream is masked by whoever asks. */
  #word(place: number): number {
    const at = this.#from + (place >>> 3);
    const bytes = this.#bytes;
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    return word >>> (place & 7);
  }
}
