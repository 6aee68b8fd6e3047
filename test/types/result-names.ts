import type {
  AsyncResult,
  GetOptions,
  GroupResult,
  ResultHandle,
  ResultSet,
  TaskError,
  TaskState,
} from '../../src/index.ts';
import type { Equal, Expect } from './assert.ts';

type One = AsyncResult<number>;
type Pair = GroupResult<[number, string]>;
type Many = ResultSet<number>;
type Given<Method> = Method extends (...given: never[]) => infer Value ? Awaited<Value> : never;

/** What Celery says of one result, by the names that it has here, and what each gives. */
export type OfOne = [
  Expect<Equal<Given<One['get']>, number | TaskError>>,
  Expect<Equal<Given<One['state' | 'status']>, TaskState>>,
  Expect<Equal<Given<One['ready' | 'successful' | 'failed' | 'exists']>, boolean>>,
  Expect<Equal<Given<One['result']>, number | TaskError | undefined>>,
  Expect<Equal<Given<One['info' | 'maybeThrow' | 'getLeaf']>, unknown>>,
  Expect<Equal<Given<One['traceback']>, string | null>>,
  Expect<Equal<Given<One['dateDone']>, Date | null>>,
  Expect<Equal<Given<One['children']>, readonly ResultHandle[]>>,
  Expect<Equal<One['id'], string>>,
  Expect<Equal<One['ignored'], boolean>>,
  Expect<Equal<One['parent'], ResultHandle | null>>,
  Expect<Equal<Given<One['forget' | 'revoke' | 'revokeByStampedHeaders']>, void>>,
  Expect<Equal<Given<One['asList']>, string[]>>,
  Expect<Equal<Given<One['equals']>, boolean>>,
  Expect<Equal<ReturnType<One['asTuple']>, ReturnType<One['toJSON']>>>,
  Extended['name' | 'args' | 'kwargs' | 'worker' | 'retries' | 'queue'],
  One['onReady' | 'collect' | 'iterdeps' | 'buildGraph'],
];
type Extended = NonNullable<Given<One['extended']>>;

/** What both a group and a set have. */
type Query = 'ready' | 'successful' | 'failed' | 'waiting';
type Tell = 'forget' | 'revoke' | 'maybeThrow';

/** What Celery says of a group. */
export type OfGroup = [
  Expect<Equal<Given<Pair[Query]>, boolean>>,
  Expect<Equal<Given<Pair['completedCount']>, number>>,
  Expect<Equal<Given<Pair[Tell | 'save' | 'delete']>, void>>,
  Expect<Equal<Pair['results'][1], AsyncResult<string>>>,
  Expect<Equal<Pair['length'], number>>,
  Expect<Equal<Pair['parent'], ResultHandle | null>>,
  Expect<Equal<Given<Pair['children']>, readonly ResultHandle[]>>,
  Expect<Equal<Given<Pair['asList']>, string[]>>,
  Pair['get' | 'join' | 'joinNative' | 'iterate' | 'onReady' | 'asTuple' | 'equals'],
];

/** What Celery says of a set. */
export type OfSet = [
  Expect<Equal<Given<Many[Query]>, boolean>>,
  Expect<Equal<Given<Many['completedCount']>, number>>,
  Expect<Equal<Given<Many[Tell]>, void>>,
  Expect<Equal<Given<Many['add' | 'remove' | 'update' | 'clear']>, void>>,
  Expect<Equal<Given<Many['discard']>, boolean>>,
  Expect<Equal<Many['length'], number>>,
  Expect<Equal<Many['results'][0], Many['results'][number]>>,
  Many['get' | 'join' | 'joinNative' | 'iterate' | 'onReady'],
];

/** How `get` may be asked. */
export type Asked = Required<GetOptions>[
  | 'timeout'
  | 'propagate'
  | 'signal'
  | 'followParents'
  | 'callback'
  | 'disableSyncSubtasks'];
