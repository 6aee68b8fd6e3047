import { DecodeError } from '../../errors.ts';

/** Bits from the highest of each byte on. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param count - at most 24 */
  read(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw new DecodeError('the bzip2 ends too early');
      // what was read goes out on the left
      this.#held = (this.#held << 8) | (this.#bytes[this.#at++] as number);
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#held >>> this.#count) & ((1 << count) - 1);
  }

  /** The next bits without taking them, with zeros where there are no more. @param count - at most 24 */
  peek(count: number): number {
    while (this.#count < count && this.#at < this.#bytes.length) {
      this.#held = (this.#held << 8) | (this.#bytes[this.#at++] as number);
      this.#count += 8;
    }
    const missing = count - this.#count;
    const bits = missing > 0 ? this.#held << missing : this.#held >>> -missing;
    return bits & ((1 << count) - 1);
  }

  read32(): number {
    return this.read(16) * 0x10000 + this.read(16);
  }

  /** Goes on at the next whole byte. */
  align(): void {
    this.#count -= this.#count % 8;
  }

  isAtEnd(): boolean {
    return this.#count < 8 && this.#at >= this.#bytes.length;
  }
}
