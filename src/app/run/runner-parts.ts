import type { Job } from '../../pool/index.ts';
import type { ResultMeta } from '../../protocol/index.ts';
import type { Clock, Logger } from '../../util/index.ts';
import type { AnyTask } from '../app.ts';
import type { ChordAdding } from './add-to-chord.ts';

/** What a runner needs. */
export interface RunnerParts {
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly nodeName: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Stores a state that is not final. @param tag - of the job */
  readonly store: (task: AnyTask, meta: ResultMeta, tag: string) => Promise<void>;
  /** Called before a task begins whose state STARTED is to be stored. */
  readonly onStarted?: (job: Job) => void;
  /** Called with the error itself of each task that has failed. */
  readonly onFailure?: (job: Job, error: unknown) => void;
  /** How tasks add to their chords; by way of their apps if not given. */
  readonly adding?: () => Promise<ChordAdding>;
  /** See `PlanContext`: of what takes the place of a task. */
  readonly countsChords?: boolean | undefined;
  /** Whether it serves `apply` and no worker. */
  readonly isEager?: boolean;
  /** In [0, 1); default: Math.random. */
  readonly random?: () => number;
}
