export {
  type Body,
  type BodyOptions,
  bodyOf,
  decodeBody,
  type Embed,
  encodeBody,
  encodeContent,
  objectBodyOf,
} from './body.ts';
export {
  CHORD_REST_MAX_MS,
  type ChordCount,
  type ChordMember,
  type ChordRecord,
} from './chord.ts';
export type { ChordOpening, ChordPart, ChordPlace, CompleteChord } from './chord-part.ts';
export { isCompression, strangeCompression } from './compression.ts';
export type { ConnectionOptions, FailoverStrategy, TlsOptions } from './connection-options.ts';
export { type Accepted, type Content, contentBytes, type Reading } from './content.ts';
export {
  CONTROL_EXCHANGE,
  type ControlCommand,
  type ControlOptions,
  encodeControl,
} from './control.ts';
export { countDelivery } from './count-delivery.ts';
export {
  type EnvelopeParts,
  encodeEnvelope,
  type ParsedEnvelope,
  parseEnvelope,
} from './envelope.ts';
export { decodeJson } from './json-decode.ts';
export { type EncodeOptions, encodeJson, RawJson } from './json-encode.ts';
export type {
  Claimed,
  Delivery,
  MessageProperties,
  OutgoingMessage,
  TaskHeaders,
} from './message.ts';
export { BURIALS_HEADER, DELIVERIES_HEADER, UNKNOWN_SINCE_HEADER } from './message.ts';
export { headersOfObject } from './protocol-1.ts';
export type {
  BindingSpec,
  ExchangeSpec,
  ExchangeType,
  QueueSpec,
  Route,
} from './queue-spec.ts';
export { isPrioritySteps } from './queue-spec.ts';
export { readEntry } from './read-entry.ts';
export {
  isClientName,
  parseRedisUrl,
  type RedisUrl,
  readRedisUrl,
  redisSchemes,
  splitUrls,
} from './redis-url.ts';
export { type CompressionDefinition, registerCompression } from './register-compression.ts';
export { registerSerializer, type SerializerDefinition } from './register-serializer.ts';
export { toRemoteError } from './remote-error.ts';
export { argsRepr, kwargsRepr, pythonRepr } from './repr.ts';
export {
  type ExtendedMeta,
  type Finality,
  finalityOf,
  isFinal,
  type KnownState,
  type ResultMeta,
  type ResultTuple,
  type TaskState,
} from './result.ts';
export { ResultCodec, type ResultFormat } from './result-codec.ts';
export {
  decodeResultMeta,
  encodeResultMeta,
  groupIdIn,
  groupKeyOf,
  parseResultTuple,
  replyChannelOf,
  resultKeyOf,
  resultKeyprefixOf,
  storedId,
} from './result-meta.ts';
export type { ResultWrite } from './result-write.ts';
export { idText, type Sender, senderIn } from './sender.ts';
export {
  findSerializer,
  getSerializer,
  isAuth,
  isSerializer,
  type Serializer,
  strangeSerializer,
} from './serializers.ts';
export { isRecord, parseSignature, type SignatureData } from './signature.ts';
export { authSerializer } from './signing/auth-serializer.ts';
export {
  fitsDigest,
  parseCertificate,
  type SecurityDigest,
  type SigningCertificate,
  securityDigests,
} from './signing/certificate.ts';
export type { SecurityEnvelope } from './signing/signed-body.ts';
export { spliceHeaders } from './splice-headers.ts';
export { parseWireTime, toWireTime } from './time.ts';
export { type ReadTls, readTls, tlsWords } from './tls-words.ts';
export { Decimal, type JsonTypes, PlainDate, PlainTime, Uuid } from './values.ts';
