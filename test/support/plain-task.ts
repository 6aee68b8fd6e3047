import type { SignatureData } from '../../src/protocol/index.ts';

/** A task's signature without arguments. */
export function task(name: string, options: object = {}): SignatureData {
  return {
    task: name,
    args: [],
    kwargs: {},
    options: { ...options },
    subtask_type: null,
    immutable: false,
  };
}

/** What planning needs, with ids that can be told in advance: `id-1`, `id-2`, … */
export function numbered(): { newId: () => string; replyTo: string } {
  let count = 0;
  return { newId: () => `id-${++count}`, replyTo: 'me' };
}
