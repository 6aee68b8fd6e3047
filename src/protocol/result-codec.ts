import { DecodeError, EncodeError, type RemoteError, summaryOf } from '../errors.ts';
import type { ChordMember } from './chord.ts';
import { decodeMember, encodeMember, memberOf, unreadMember } from './chord-member.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { pythonRepr } from './repr.ts';
import type { ExtendedMeta, ResultMeta, ResultTuple } from './result.ts';
import {
  decodeResultMeta,
  encodeResultMeta,
  parseResultMeta,
  parseResultTuple,
  stampsIn,
} from './result-meta.ts';
import { findSerializer, getSerializer, jsonSerializer, type Serializer } from './serializers.ts';
import { isRecord } from './signature.ts';
import type { JsonTypes } from './values.ts';

/** In which form results are kept, and whether that is read. */
export interface ResultFormat {
  readonly types: JsonTypes;
  /** Its name or content type; JSON if not given. */
  readonly serializer?: string | undefined;
  /** Which serializers are read, by name or content type; all if not given. */
  readonly accept?: readonly string[] | undefined;
  /** What a document may be with each part of it written out as often as it is used. */
  readonly maxBytes?: number | undefined;
}

/**
 * Writes and reads result documents. They do not say which serializer they are of: whoever reads them must use the one of
 * whoever wrote them. Source: `encode` and `decode` of `Backend` in Celery's `backends/base.py`.
 */
export class ResultCodec {
  readonly #format: ResultFormat;
  readonly #serializer: Serializer;
  /** Why nothing is read. */
  readonly #refusal: string | undefined;

  /** @throws NotSupportedError for a serializer that there is not */
  constructor(format: ResultFormat) {
    const { serializer: name = 'json', accept } = format;
    this.#format = format;
    this.#serializer = getSerializer(name);
    this.#refusal = accept && refusalOf(this.#serializer, accept);
  }

  /** Whether documents are JSON, and so texts. */
  get isJson(): boolean {
    return this.#serializer === jsonSerializer;
  }

  /**
   * @returns JSON, or a character for each byte
   * @throws EncodeError for a result that has no form in the serializer; its path begins with `result`.
   */
  encode(meta: ResultMeta): string {
    const { types } = this.#format;
    return this.isJson ? encodeResultMeta(meta, types) : this.#encode(meta);
  }

  /** Reads what `encode` has written. @throws DecodeError, also if documents of this serializer are not to be read */
  decode(document: string): ResultMeta {
    return this.#read((decode) =>
      this.isJson ? decodeResultMeta(document) : parseResultMeta(decode(document)),
    );
  }

  /** The document that a group is kept as. @returns JSON, or a character for each byte @throws EncodeError */
  encodeGroup(group: ResultTuple): string {
    if (this.isJson) return `{"result": ${encodeJson(group)}}`;
    return this.#serializer.encode({ result: group }, this.#format.types, 'record');
  }

  /** Reads what `encodeGroup` has written. @throws DecodeError, also if documents of this serializer are not to be read */
  decodeGroup(document: string): ResultTuple {
    return this.#read((decode) => {
      const record = this.isJson ? decodeJson(document) : decode(document);
      return parseResultTuple(isRecord(record) ? record['result'] : record);
    });
  }

  /** The part of a chord that a member has come to, in the form of `encode`. @throws EncodeError */
  encodeMember(member: ChordMember): string {
    const { types } = this.#format;
    if (this.isJson) return encodeMember(member, types);
    const { taskId, status, error, resultText = 'null' } = member;
    const values = {
      version: 1,
      task_id: this.#formed(taskId),
      status: this.#formed(status),
      result: error ? this.#errorOf(error) : decodeJson(resultText),
    };
    return this.#serializer.encode(values, types);
  }

  /**
   * Reads what `encodeMember` or Celery has written. What cannot be read, a failed one stands for: nobody would ever
   * send the body otherwise.
   * @param place - of the part among those of its chord: names one that does not even say which task it is of
   */
  decodeMember(document: string, place: number): ChordMember {
    try {
      return this.#read((decode) =>
        this.isJson ? decodeMember(document) : memberOf(decode(document), this.#format.types),
      );
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return unreadMember(error, `part ${place + 1}`);
    }
  }

  /** A document as it is in stores that keep texts: bytes are in base64. */
  toText(document: string): string {
    return this.isJson ? document : Buffer.from(document, 'latin1').toString('base64');
  }

  /** A document from such a store. */
  fromText(text: string): string {
    return this.isJson ? text : Buffer.from(text, 'base64').toString('latin1');
  }

  /** The document for stores that keep texts. */
  encodeText(meta: ResultMeta): string {
    return this.toText(this.encode(meta));
  }

  /** Reads what `encodeText` has written. @throws DecodeError */
  decodeText(document: string): ResultMeta {
    return this.decode(this.fromText(document));
  }

  /** @param read - gets what decodes a document that is not JSON. */
  #read<Read>(read: (decode: (document: string) => unknown) => Read): Read {
    if (this.#refusal !== undefined) throw new DecodeError(this.#refusal);
    const { name, decode, decodeDocument = decode } = this.#serializer;
    try {
      return read((document) => decodeDocument(document, this.#format.maxBytes));
    } catch (cause) {
      const reason = summaryOf(cause);
      throw new DecodeError(
        `a stored result is not read with resultSerializer '${name}': ${reason}`,
        { cause },
      );
    }
  }

  #encode(meta: ResultMeta): string {
    const { error, extended, groupId, parentId } = meta;
    const fields = {
      status: this.#formed(meta.status),
      result: error ? this.#errorOf(error) : resultOf(meta),
      traceback: this.#formed(meta.traceback ?? error?.traceback ?? null),
      children: this.#hasForm(meta.children) ? meta.children : [],
      date_done: meta.dateDone,
      ...(groupId === null ? {} : { group_id: this.#formed(groupId) }),
      ...(parentId === null ? {} : { parent_id: this.#formed(parentId) }),
      ...(extended ? this.#extensionOf(extended) : {}),
      task_id: this.#formed(meta.taskId),
    };
    try {
      return this.#serializer.encode(fields, this.#format.types, 'record');
    } catch (problem) {
      if (!error) throw problem;
      // a serializer that fails with anything: whoever waits is to learn at least that there is something
      return Buffer.from(encodeResultMeta(meta, this.#format.types), 'utf8').toString('latin1');
    }
  }

  #errorOf({ type, args, module }: RemoteError): Readonly<Record<string, unknown>> {
    return {
      exc_type: this.#formed(type),
      exc_message: args.map((arg) => this.#formed(arg)),
      exc_module: this.#formed(module),
    };
  }

  #extensionOf(extended: ExtendedMeta): Readonly<Record<string, unknown>> {
    const { name, args, kwargs, worker, retries, queue, stampedHeaders } = extended;
    const stamped = stampsIn(extended);
    const fields = Object.entries({ name, args, kwargs, worker, retries, queue });
    if (stamped.length > 0) fields.push(['stamped_headers', stampedHeaders], ...stamped);
    return Object.fromEntries(fields.map(([field, value]) => [field, this.#formed(value)]));
  }

  /** The value, or a text in its place if it has no form in the serializer: a task does not fail for that. */
  #formed(value: unknown): unknown {
    if (this.#hasForm(value)) return value;
    return typeof value === 'string'
      ? value.replace(/\p{Surrogate}/gu, '\ufffd')
      : pythonRepr(value);
  }

  #hasForm(value: unknown): boolean {
    try {
      this.#serializer.encode({ value }, this.#format.types, 'record');
      return true;
    } catch (error) {
      if (error instanceof EncodeError) return false;
      throw error;
    }
  }
}

function resultOf({ result, resultText }: ResultMeta): unknown {
  return resultText === undefined ? (result ?? null) : decodeJson(resultText);
}

function refusalOf({ name }: Serializer, accept: readonly string[]): string | undefined {
  const names = accept.map((each) => findSerializer(each)?.name ?? each);
  if (names.includes(name)) return undefined;
  const remedy = `add '${name}' to 'resultAcceptContent' if whoever writes results is trusted`;
  return `results are not read: 'resultSerializer' is '${name}', and accepted is ${names.join(', ') || 'nothing'}; ${remedy}`;
}
