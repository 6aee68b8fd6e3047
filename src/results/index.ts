export { AsyncResult } from './async-result.ts';
export { type Deadline, untilAborted, withDeadline } from './deadline.ts';
export {
  groupResultFromTuple,
  type HandleOptions,
  resultFromTuple,
  taskResult,
} from './from-tuple.ts';
export type { GetOptions } from './get-options.ts';
export { type Endings, GroupResult, type MemberResults } from './group-result.ts';
export type { ReaderProvider, ResultHandle, TaskError } from './result-handle.ts';
