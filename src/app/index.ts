export type { AnnotatedTask, AnnotationOptions, TaskAnnotations } from './annotations.ts';
export type { AnyTask, App } from './app.ts';
export type { AutoRetryOptions, RetryKwargs } from './auto-retry.ts';
export type { BindOptions } from './bind.ts';
export { isBuiltin } from './builtin/builtin-task.ts';
export { Celery, rewireApp } from './celery.ts';
export type { CeleryOptions } from './celery-options.ts';
export type { ConfigInput, ConfigOptions } from './configuration.ts';
export { backendOptions, readUrlOf, transportOptions, writeUrlOf } from './connection-settings.ts';
export type { DeliveryInfo, OnePart, TaskContext, TaskHooks, TaskRequest } from './context.ts';
export { Ignore, Reject, Retry, type RetryOptions } from './control.ts';
export { currentApp } from './current-app.ts';
export type {
  DeadLetterOffice,
  DeadLetterSelection,
  DeadMessage,
  PurgeResult,
  RedriveResult,
  RedriveSelection,
} from './dead-letters.ts';
export type { DefineAppTask, DefineTask } from './define-task.ts';
export type { PlacesToLook } from './discover-modules.ts';
export type { ErrorMatcher } from './error-match.ts';
export { findApps } from './find-app.ts';
export type { TaskEnding } from './hooks.ts';
export { isProgram } from './is-program.ts';
export { loadApps } from './load-apps.ts';
export { type LoadedModule, loadModule } from './load-module.ts';
export type { NoMeta, ResolvedTaskOptions } from './resolved-options.ts';
export type { AnyResult } from './result-handles.ts';
export { isPlainQueue } from './routing/queue-table.ts';
export {
  type ChordEndContext,
  type EndedChord,
  planChordEnd,
  planUnsentBody,
  tagOfChord,
} from './run/chord-end.ts';
export { gatherInput } from './run/chord-input.ts';
export { parseEnding } from './run/chord-parts.ts';
export { type CompletionContext, planCompletion, planUnsendable } from './run/completion.ts';
export { expiredError, invalidError, lostError, notRegisteredError } from './run/failures.ts';
export { readingOfAll } from './run/job-facts.ts';
export { jobOf } from './run/job-of.ts';
export { planRefusal, type Refused } from './run/refusal.ts';
export {
  isMalformed,
  type Malformed,
  parseRequest,
  type Request,
  UNKNOWN_SINCE_HEADER,
} from './run/request.ts';
export { embedIn } from './run/result-metas.ts';
export { Runner } from './run/runner.ts';
export type { RunnerParts } from './run/runner-parts.ts';
export { currentRun } from './run/running-task.ts';
export { type AckPolicy, deliveryLimitReason } from './run/settlement.ts';
export { type CompletionPolicies, planStarted, type ResultFacts } from './run/stored-states.ts';
export { TaskPolicies } from './run/task-policies.ts';
export { type CurrentTask, currentTask, type Runtime, runtime, setRuntime } from './runtime.ts';
export type { ArgsInput, ArgsOutput, ArgsSchema, StandardSchema } from './schema.ts';
export { checkSecurity, type SecurityOptions } from './security/security.ts';
export { sharedTask } from './shared-tasks.ts';
export { type CallParameters, Task, type TaskFunction, type TaskOf } from './task.ts';
export { getTaskLogger } from './task-logger.ts';
export type { TaskOptions } from './task-options.ts';
export { VERSION } from './version.ts';
