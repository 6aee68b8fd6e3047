import type { JsonTypes } from './values.ts';

/** A way to write values as bytes. Texts of bytes have a character per byte. */
export interface Serializer {
  /** As settings and options call it. */
  readonly name: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  /**
   * Writes values as one list, or as one object with their names; the names are for errors, too. An object is what a
   * command to workers and a result document is; JSON's documents are written by `encodeResultMeta`.
   * @throws EncodeError
   */
  readonly encode: (
    values: Readonly<Record<string, unknown>>,
    types: JsonTypes,
    form?: 'list' | 'record',
  ) => string;
  /**
   * @param maxBytes - what the value may be when each part of it is written out as often as it is used.
   * @throws DecodeError, or what the library throws
   */
  readonly decode: (bytes: string, maxBytes?: number) => unknown;
  /** The same of a result document, where it is not the same. */
  readonly decodeDocument?: Serializer['decode'];
}
