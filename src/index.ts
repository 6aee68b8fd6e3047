export type {
  AnnotatedTask,
  AnnotationOptions,
  AnyTask,
  App,
  ArgsInput,
  ArgsOutput,
  ArgsSchema,
  AutoRetryOptions,
  CallParameters,
  CeleryOptions,
  ConfigInput,
  ConfigOptions,
  DeliveryInfo,
  ErrorMatcher,
  NoMeta,
  PlacesToLook,
  ResolvedTaskOptions,
  RetryKwargs,
  RetryOptions,
  StandardSchema,
  TaskAnnotations,
  TaskContext,
  TaskEnding,
  TaskFunction,
  TaskHooks,
  TaskOf,
  TaskOptions,
  TaskRequest,
} from './app/index.ts';
export {
  Celery,
  currentApp,
  currentTask,
  getTaskLogger,
  Ignore,
  isProgram,
  Reject,
  Retry,
  sharedTask,
  Task,
  VERSION,
} from './app/index.ts';
export type {
  CallOptions,
  EagerOptions,
  ExtraProperties,
  Immutable,
  Kwargs,
  Linkable,
  RetryPolicy,
  SendOptions,
  SignatureOptions,
} from './canvas/index.ts';
export { chain, GroupSignature, group, Signature } from './canvas/index.ts';
export type {
  DeliveryMode,
  ExplainedSetting,
  QueueBinding,
  QueueOptions,
  RouteFunction,
  RouteOptions,
  Router,
  RouteTarget,
  Settings,
  SettingsOptions,
  TaskQueues,
  TaskRoutes,
  TransportSettings,
} from './config/index.ts';
export * from './errors.ts';
export type {
  ExtendedMeta,
  KnownState,
  ResultTuple,
  SignatureData,
  TaskState,
} from './protocol/index.ts';
export { Decimal, PlainDate, PlainTime, Uuid } from './protocol/index.ts';
export type { GetOptions, ResultHandle, TaskError } from './results/index.ts';
export { AsyncResult, GroupResult } from './results/index.ts';
export type { Duration, LogFields, Logger, LogLevel, Millis, Seconds } from './util/index.ts';
