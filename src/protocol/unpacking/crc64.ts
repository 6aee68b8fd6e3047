/** The polynomial of ECMA-182 from the other end, as two halves. */
const [HIGH, LOW] = [0xc96c5795, 0xd7870f42];

interface Tables {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

let made: Tables | undefined;

function tables(): Tables {
  if (made) return made;
  const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
  for (let byte = 0; byte < 256; byte += 1) {
    let [upper, lower] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = lower & 1;
      lower = (lower >>> 1) | (upper << 31);
      upper >>>= 1;
      if (isOdd) [upper, lower] = [upper ^ HIGH, lower ^ LOW];
    }
    high[byte] = upper;
    low[byte] = lower;
  }
  made = { high, low };
  return made;
}

/** The checksum CRC-64 as .xz has it: eight bytes, the lowest first. */
export function crc64(bytes: Uint8Array): Buffer {
  const { high, low } = tables();
  let [upper, lower] = [-1, -1];
  for (const byte of bytes) {
    const place = (lower ^ byte) & 0xff;
    lower = ((lower >>> 8) | (upper << 24)) ^ (low[place] as number);
    upper = (upper >>> 8) ^ (high[place] as number);
  }
  const sum = Buffer.alloc(8);
  sum.writeUInt32LE(~lower >>> 0, 0);
  sum.writeUInt32LE(~upper >>> 0, 4);
  return sum;
}
