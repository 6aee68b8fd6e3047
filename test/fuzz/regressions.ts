/** Messages that the fuzzer once found something with, and what that was. As it prints them. */
export const regressions: readonly (readonly [what: string, payload: string])[] = [
  [
    'a task header beyond all numbers kept its whole batch from being sorted',
    '{"body": "e30=", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"hostname": "gen1794@host1", "task": 18446744073709551616}, "properties": {"body_encoding": "base64", "delivery_info": {}}}',
  ],
  [
    'the arguments of a refused message are too deep to be written into its extended result',
    unknown(`[[${'['.repeat(950)}${']'.repeat(950)}], {}, {}]`),
  ],
  [
    'who waits for a message with a value that is none in its headers was not told',
    '{"body": "W1sxXSwge30sIHt9XQ==", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"task": "fuzz.echo", "id": "odd-uuid", "retries": {"__type__": "uuid", "__value__": false}}, "properties": {"body_encoding": "base64", "delivery_info": {}}}',
  ],
];

/** A message of a task that nobody knows. */
function unknown(body: string): string {
  const headers = '{"task": "nobody.knows", "id": "unknown"}';
  const type = '"content-encoding": "utf-8", "content-type": "application/json"';
  const properties = '{"body_encoding": "base64", "delivery_info": {}}';
  return `{"body": "${btoa(body)}", ${type}, "headers": ${headers}, "properties": ${properties}}`;
}
