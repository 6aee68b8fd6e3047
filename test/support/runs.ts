import { Celery, Runner, type RunnerParts, type TaskOptions } from '../../src/app/index.ts';
import type { Job } from '../../src/pool/index.ts';
import type { ResultMeta } from '../../src/protocol/index.ts';
import { createLogger } from '../../src/util/index.ts';

/** When everything happens. */
export const NOW_MS = Date.UTC(2026, 0, 1);

/** A runner of one task, `t.it`, and what it says and stores. */
export function runnerOf(
  options: TaskOptions,
  fn: (...args: never[]) => unknown,
  parts: Partial<RunnerParts> & { settings?: ConstructorParameters<typeof Celery>[1] } = {},
) {
  const app = new Celery('t', parts.settings);
  app.task({ ...options, name: 't.it' } as TaskOptions & { bind?: false }, fn);
  const lines: { level: string; message: string }[] = [];
  const stored: ResultMeta[] = [];
  const started: string[] = [];
  const stream = { write: (text: string) => void lines.push(JSON.parse(text)) };
  const runner = new Runner({
    tasks: app.tasks,
    nodeName: 'n',
    logger: createLogger({ level: 'INFO', stream, format: 'json' }),
    clock: { now: () => NOW_MS },
    store: async (_task, meta) => void stored.push(meta),
    onStarted: (job) => started.push(job.id),
    random: () => 0.5,
    ...parts,
  });
  return { app, runner, lines, stored, started };
}

/** A job for that task. */
export function aJob({ headers = {}, ...over }: Partial<Job> & { headers?: object } = {}): Job {
  return {
    ...{ tag: 'tag', task: 't.it', id: 'i', queue: 'q', bodyEncoding: 'utf-8' },
    headersText: JSON.stringify({ lang: 'py', task: 't.it', id: 'i', ...headers }),
    body: '[[], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]',
    ...{ contentType: 'application/json', contentEncoding: 'utf-8', compression: null },
    ...{ replyTo: null, correlationId: 'i', priority: 0, properties: null },
    ...over,
  };
}
