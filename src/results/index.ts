export { AsyncResult } from './async-result.ts';
export { type Deadline, untilAborted, withDeadline } from './deadline.ts';
export type { CollectOptions, Dependency, TreeOptions } from './dependencies.ts';
export { groupResultFromTuple, resultFromTuple, taskResult } from './from-tuple.ts';
export type { GetOptions } from './get-options.ts';
export { type Endings, GroupResult, type Indexed, type MemberResults } from './group-result.ts';
export type {
  AwaitedResult,
  HandleOptions,
  ReaderProvider,
  ResultHandle,
  ResultHost,
  RevokeOptions,
  TaskError,
} from './result-handle.ts';
export { ResultSet, type SetMember } from './result-set.ts';
