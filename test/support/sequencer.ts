import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, in the order of that; the seconds are of a quiet machine. */
const LONGEST: readonly string[] = [
  'e2e/worker-faults', // 90
  'docs/guide', // 70
  'interop/canvas',
  'interop/crashes', // 55
  'e2e/chords-faults', // 50
  'conformance/sqlite', // 45
  'conformance/redis-prefixed',
  'e2e/fuzz',
  'e2e/redis-faults',
  'conformance/redis', // 30
  'e2e/settings',
  'e2e/redis-options',
  'e2e/dead-letters',
  'examples/demo',
  'conformance/memory', // 20
  'interop/messages',
  'examples/tutorial',
  'interop/results',
  'e2e/redis-idle', // 15
  'src/protocol/costs', // 10, and far longer than all other unit tests
];

/** Begins with what takes longest, so that no core is left with nothing to do beside the last file. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => this.#rankOf(a) - this.#rankOf(b));
  }

  /** Groups of projects run one after the other; in each the longest come first, then all others as they would. */
  #rankOf({ moduleId, project }: TestSpecification): number {
    const name = relative(this.ctx.config.root, moduleId).replace(/^test\/|\.test\.ts$/g, '');
    const place = LONGEST.indexOf(name);
    return project.config.sequence.groupOrder * 1_000 + (place < 0 ? LONGEST.length : place);
  }
}
