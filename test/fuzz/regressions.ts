/** Messages that the fuzzer once found something with, and what that was. As it prints them. */
export const regressions: readonly (readonly [what: string, payload: string])[] = [
  [
    'a task header beyond all numbers kept its whole batch from being sorted',
    message('"hostname": "gen1794@host1", "task": 18446744073709551616', '{}'),
  ],
  [
    'the arguments of a refused message are too deep to be written into its extended result',
    message(
      '"task": "nobody.knows", "id": "too-deep"',
      `[[${'['.repeat(950)}${']'.repeat(950)}], {}, {}]`,
    ),
  ],
  [
    'who waits for a message with a value that is none in its headers was not told',
    message(
      '"task": "fuzz.echo", "id": "odd-uuid", "retries": {"__type__": "uuid", "__value__": false}',
      '[[1], {}, {}]',
    ),
  ],
];

/** One that has all that a message must have beside these headers, so that nothing else is wrong with it. */
function message(headers: string, body: string): string {
  const type = '"content-encoding": "utf-8", "content-type": "application/json"';
  const info = '{"exchange": "", "routing_key": "fuzz"}';
  const properties = `{"body_encoding": "base64", "delivery_info": ${info}, "delivery_tag": "tag"}`;
  return `{"body": "${btoa(body)}", ${type}, "headers": {${headers}}, "properties": ${properties}}`;
}
