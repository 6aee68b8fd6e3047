import { type Celery, Ignore, Reject } from '../../src/index.ts';

/** What the fuzzer's worker runs: harmless, and each ends in another way. */
export function defineTasks(app: Celery): void {
  app.task({ name: 'fuzz.echo' }, (...args: unknown[]) => args);
  app.task({ name: 'fuzz.shape', params: ['a?', 'b?'] }, (a?: unknown, b?: unknown) => ({ a, b }));
  app.task({ name: 'fuzz.fail' }, (...args: unknown[]) => {
    throw Object.assign(new Error(`no: ${typeof args[0]}`), { args });
  });
  app.task({ name: 'fuzz.throws' }, (...args: unknown[]) => {
    throw args[0];
  });
  app.task({ name: 'fuzz.reject' }, () => {
    throw new Reject('not now');
  });
  app.task({ name: 'fuzz.ignore' }, () => {
    throw new Ignore();
  });
  app.task({ name: 'fuzz.retry', bind: true, maxRetries: 2 }, (task, ...args: unknown[]) => {
    throw task.retry({ countdown: 0, exc: new Error('again'), ...(args[0] ? { args } : {}) });
  });
  app.task({ name: 'fuzz.progress', bind: true }, async (task, ...args: unknown[]) => {
    await task.progress(args);
    return { headers: task.request.headers, request: [task.request.id, task.request.retries] };
  });
  app.task({ name: 'fuzz.send', bind: true }, async (task, ...args: unknown[]) => {
    await task.app.sendTask('fuzz.good', [args.length]);
  });
  app.task({ name: 'fuzz.good' }, (value: number) => value);
}
