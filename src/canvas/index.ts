export { type Chained, type CommonLeft, chain, type GroupResults, group } from './compose.ts';
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
export { brokenBodyIds, type Done, pendingIds, planErrbacks, planNext } from './plan-next.ts';
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
export type { AnyStep, Ends, Given, Immutable, LeftAfter } from './types.ts';
export { checkLimits, refusal, toWireOptions } from './wire-options.ts';
