export { type Chained, type CommonLeft, chain, type GroupResults, group } from './compose.ts';
export { allLinked, errorLinkedTo, linkedTo } from './links.ts';
export { type Extras, noExtras } from './merge.ts';
export {
  type CallOptions,
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
export { plan } from './plan.ts';
export { bodyErrbacks, planBody } from './plan-body.ts';
export { type Done, planErrbacks, planNext } from './plan-next.ts';
export { planReplacement, type Replaced } from './plan-replace.ts';
export type { Plan, PlanContext, Planned, PlannedEnd, PlannedTask } from './planned.ts';
export {
  type Handles,
  type Sendable,
  type SendManyOptions,
  sendAll,
} from './send-many.ts';
export type { Sender, Sent } from './sender.ts';
export {
  type ApplyParameters,
  applyCall,
  GroupSignature,
  handleOf,
  Signature,
  sendCall,
} from './signature.ts';
export { chainOf, chordOf, groupOf, kindOf } from './structure.ts';
export type { AnyStep, Ends, Given, Immutable, LeftAfter } from './types.ts';
export {
  brokenBodyIds,
  type ChordMembership,
  pendingIds,
  type Undone,
  undone,
  undoneBody,
} from './undone.ts';
export { joined, prepared } from './upgrade.ts';
export { checkLimits, refusal, toWireOptions } from './wire-options.ts';
