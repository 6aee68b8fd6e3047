import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { registerCompression, registerSerializer } from '../protocol/index.ts';
import { resolveSettings } from './resolve.ts';

test('settings name what was registered before they are read, and what is known if it was not', () => {
  const options = {
    ...{ taskSerializer: 'v8', acceptContent: ['json', 'application/x-v8'] },
    ...{ taskCompression: 'nothing' },
  };
  const read = () => resolveSettings({ options });

  expect(read).toThrow(ConfigError);
  expect(read).toThrow("'v8' is not supported; use json, yaml, msgpack");
  expect(read).toThrow('or registerSerializer() first');
  expect(read).toThrow('or registerCompression() first');

  const contentType = 'application/x-v8';
  registerSerializer({ name: 'v8', contentType, encode: serialize, decode: deserialize });
  const same = (bytes: Uint8Array) => bytes;
  registerCompression({ ...{ name: 'nothing', contentType }, compress: same, decompress: same });

  expect(read()).toMatchObject(options);
});

test("results are written in any serializer but 'auth'", () => {
  const read = (resultSerializer: string) => () =>
    resolveSettings({ options: { resultSerializer } });

  expect(read('pickle')()).toMatchObject({ resultSerializer: 'pickle', resultAcceptContent: null });
  expect(read('auth')).toThrow("cannot be 'auth': results are not signed");
  expect(read('pickel')).toThrow("did you mean 'pickle'?");
});
