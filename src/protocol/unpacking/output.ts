/** Bytes that come out of a decoder: they grow with what is written, and never beyond a limit. */
export class Output {
  /** What has been written, and room behind it. Another one after `reserve`. */
  bytes: Buffer;
  length = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(limit, 4_096));
  }

  /** @throws RangeError if as many more would be too many */
  check(count: number): void {
    if (this.length + count > this.#limit) throw new RangeError('longer than it may be');
  }

  /** Makes room for as many more. @throws RangeError */
  reserve(count: number): void {
    const needed = this.length + count;
    this.check(count);
    if (needed <= this.bytes.length) return;
    const size = Math.min(this.#limit, Math.max(needed, this.bytes.length * 2));
    const larger = Buffer.allocUnsafeSlow(size);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Appends bytes. @throws RangeError */
  write(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends one byte so many times. @throws RangeError */
  fill(byte: number, count: number): void {
    this.reserve(count);
    this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** Appends what was written `distance` bytes ago; it may overlap itself. Room for it must be reserved. */
  repeat(distance: number, count: number): void {
    const { bytes, length } = this;
    const end = length + count;
    if (distance === 1) bytes.fill(bytes[length - 1] as number, length, end);
    else if (distance >= count) bytes.copyWithin(length, length - distance, end - distance);
    else for (let at = length; at < end; at += 1) bytes[at] = bytes[at - distance] as number;
    this.length = end;
  }

  /** All that was written. */
  whole(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
