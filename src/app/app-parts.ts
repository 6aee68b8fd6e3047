import type { Serializer } from '../protocol/index.ts';
import type { App } from './app.ts';
import { EagerCalls } from './eager-calls.ts';
import { ResultHandles } from './result-handles.ts';

import { Sending } from './sending.ts';
import { Telling } from './telling.ts';
import type { Wiring } from './wiring.ts';

/** What the parts of an app need of it, besides what tasks see. */
export interface AppPartsOptions {
  readonly wiring: () => Wiring;
  /** That of signed messages, if the app signs. */
  readonly auth: () => Serializer | undefined;
}

/** An app's ways to queues, to workers and to results. */
export class AppParts {
  readonly sending: Sending;
  readonly handles: ResultHandles;

  constructor(app: App, { wiring, auth }: AppPartsOptions) {
    const host = new Telling({ wiring, auth });
    const { newId, replyTo } = app;
    const eager = new EagerCalls(app);
    const tasks = () => app.tasks;
    this.sending = new Sending({
      ...{ newId, replyTo, tasks, wiring, eager, auth, host },
      get errorCallbacksOnHeader() {
        return wiring().settings.taskAllowErrorCbOnChordHeader;
      },
    });
    this.handles = new ResultHandles(() => ({ reader: wiring().reader, host }));
  }
}
