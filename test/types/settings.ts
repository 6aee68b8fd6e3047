import { Celery, type Settings } from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';

/** Settings are typed in camelCase; Celery's spellings are for objects whose types nobody knows. */
export function spellings(): void {
  const app = new Celery('a', { taskAcksLate: false, config: './celeryconfig.ts' });
  app.configFromObject({ task_acks_late: false });
  app.configFromObject('./config.ts:production', { namespace: 'CELERY' });
  // @ts-expect-error: the spelling of Celery
  new Celery('a', { task_acks_late: false });
  // @ts-expect-error: another type
  new Celery('a', { taskAcksLate: 'no' });
  // @ts-expect-error: an option that there is not
  new Celery('a', { brokerTransportOptions: { visibility: 5 } });
  // @ts-expect-error: frozen
  app.settings.taskAcksLate = true;
  // @ts-expect-error: no config
  app.configFromObject(5);
}

/** What is read has the type of its row. */
export function values(): void {
  holds<
    [
      Expect<Equal<Settings['taskAcksLate'], boolean>>,
      Expect<Equal<Settings['resultBackend'], string | null>>,
      Expect<Equal<Settings['imports'], readonly string[]>>,
      Expect<Equal<Settings['brokerTransportOptions']['leaseTimeout'], number>>,
      Refuse<IsAny<Settings['workerPool']>>,
    ]
  >();
}
