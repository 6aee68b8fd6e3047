/** An integer as JSON has it: a bigint only where a number would not be exact. */
export function safeInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** All integers of a value, as JSON has them. Changes lists and objects in place. */
export function safeIntegers(value: unknown): unknown {
  if (typeof value === 'bigint') return safeInteger(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = safeIntegers(value[index]);
  } else if (typeof value === 'object' && value !== null && isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'bigint' || typeof item === 'object') {
        Object.defineProperty(value, key, { value: safeIntegers(item) });
      }
    }
  }
  return value;
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
