import { keepNewest, type Logger } from '../util/index.ts';

/** So many chords that were warned of are remembered. */
const REMEMBERED_MAX = 1_000;

/** Warns, once for each chord, that this worker runs tasks of its header and counts none. */
export class UncountedChords {
  readonly #logger: Pick<Logger, 'warning'>;
  readonly #known = new Set<string>();

  constructor(logger: Pick<Logger, 'warning'>) {
    this.#logger = logger;
  }

  /** A task of a chord's header has ended, and that is told to nobody. */
  note({ groupId, taskId }: { readonly groupId: string; readonly taskId: string }): void {
    if (this.#known.has(groupId)) return;
    this.#known.add(groupId);
    keepNewest(this.#known, REMEMBERED_MAX);
    this.#logger.warning(
      `the body of chord ${groupId} will not be sent: task ${taskId} of its header has ended here, and results are off, so that nobody counts it; give this worker the 'resultBackend' of whoever sent the chord`,
    );
  }
}
