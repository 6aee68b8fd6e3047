/**
 * @returns milliseconds on the machine's monotonic clock, which all its processes and threads share,
 * so that a time taken in one may be subtracted from a time taken in another.
 */
export function now() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
