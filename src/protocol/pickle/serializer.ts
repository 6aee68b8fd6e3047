import { plainValue } from '../plain-value.ts';
import type { Serializer } from '../serializer.ts';
import { readPickle, readPickledResult } from './read.ts';
import { PickleTuple, writePickle } from './write.ts';

/** Python's own format, as data. What is in one may be of anybody: see `readPickle`. */
export const pickleSerializer: Serializer = {
  name: 'pickle',
  contentType: 'application/x-python-serialize',
  contentEncoding: 'binary',
  encode(values, _types, form = 'list') {
    const entries = Object.entries(values).map(([path, value]) => {
      // every Python has these classes, whatever its JSON can do
      const plain = plainValue(value, { types: 'typed', path });
      return [path, path === 'args' && Array.isArray(plain) ? new PickleTuple(plain) : plain];
    });
    const whole =
      form === 'list'
        ? new PickleTuple(entries.map(([, value]) => value))
        : Object.fromEntries(entries);
    return writePickle(whole).toString('latin1');
  },
  decode: (bytes, maxBytes) => readPickle(Buffer.from(bytes, 'latin1'), { maxBytes }),
  decodeDocument: (bytes, maxBytes) =>
    readPickledResult(Buffer.from(bytes, 'latin1'), { maxBytes }),
};
