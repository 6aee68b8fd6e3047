export {
  applyCall,
  handleOf,
  sendCall,
} from './calls.ts';
export { CanvasGraph, type EdgeKind } from './canvas-graph.ts';
export { type ChordOf, chord, type OpenChord } from './chord.ts';
export { type Chained, chain, group } from './compose.ts';
export type { CloneOptions, Replacement } from './copies.ts';
export { freeze } from './freeze.ts';
export { type AnySignature, signatureFromJson } from './from-json.ts';
export { GroupSignature } from './group-signature.ts';
export type { CommonLeft, GroupResults } from './group-types.ts';
export {
  type Callee,
  chunks,
  type OnlyArgument,
  xmap,
  xstarmap,
} from './mapping.ts';
export { type Extras, noExtras } from './merge.ts';
export {
  type CallOptions,
  type ChordOptions,
  type EagerOptions,
  type ExtraProperties,
  type Handed,
  type Kwargs,
  type Linkable,
  type RetryPolicy,
  reservedHeaders,
  type SendOptions,
  type SignatureOptions,
  type WireOptions,
} from './options.ts';
export { endsInGroup, resultIdIn } from './parts.ts';
export { plan } from './plan.ts';
export { bodyErrbacks, planBody } from './plan-body.ts';
export { type Done, planErrbacks, planNext } from './plan-next.ts';
export { checkReplacing, planReplacement, type Replaced } from './plan-replace.ts';
export type { Plan, PlanContext, Planned, PlannedEnds, PlannedTask } from './planned.ts';
export {
  type Handles,
  type Sendable,
  type SendManyOptions,
  sendAll,
} from './send-many.ts';
export type { Frozen, Sender, Sent } from './sender.ts';
export { Signature } from './signature.ts';
export type { ApplyParameters, FrozenWith } from './signature-types.ts';
export type { SkewOptions } from './skew.ts';
export type { StampOptions, Stamps } from './stamp-values.ts';
export type { GivenStamps, StampingVisitor } from './stamping.ts';
export { chainOf, chordOf, groupOf, kindOf } from './structure.ts';
export type {
  AnyStep,
  Ends,
  Given,
  GroupTypesOf,
  Immutable,
  LeftAfter,
  ReplacedBy,
  ResultOf,
  SignatureLike,
  StepAfter,
  WholeSignature,
} from './types.ts';
export {
  type ChordMembership,
  membershipOf,
  replyToOf,
  type Undone,
  undone,
  undoneBody,
} from './undone.ts';
export { joined, joinedAll, prepared } from './upgrade.ts';
export { checkLimits, refusal, toWireOptions } from './wire-options.ts';
