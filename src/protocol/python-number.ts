/**
 * A number as Python writes it: an integer up to 2^53 plainly, all else as a float (`1e-07`,
 * `9007199254740992.0`, `-0.0`), so that what was no exact integer does not come back as one.
 * NaN and the infinities are the callers' business: JSON and repr spell them differently.
 */
export function pythonNumber(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 && 1 / value < 0 ? '-0.0' : `${value}`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    return Number.isInteger(value) ? `${value}.0` : `${value}`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}
