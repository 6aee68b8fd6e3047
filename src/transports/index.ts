export type {
  ChordOpening,
  ChordPart,
  ChordPlace,
  CompleteChord,
  ResultWrite,
} from '../protocol/index.ts';
export type {
  Burial,
  DeadLetter,
  DeadLetterChoice,
  DeadLetterInfo,
  DeadLetterPage,
  DeadLetters,
  DeadQueue,
  PageOptions,
  RedriveChoice,
  Redriven,
} from './dead-letters.ts';
export { type HeldUp, HeldUpError } from './held-up.ts';
export { defaultLayout, type LayoutOptions } from './layout-options.ts';
export type { QueueOrderStrategy } from './queue-order.ts';
export { openTransport } from './registry.ts';
export type {
  Completion,
  ConsumeOptions,
  Consumer,
  FaultPoint,
  Parking,
  PublishRetry,
  Settle,
  Store,
  Transport,
  TransportOptions,
} from './transport.ts';
export { isUnsendable, unsentSettle } from './unsent.ts';
