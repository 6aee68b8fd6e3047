import type { ResultFacts, TaskPolicies } from '../app/index.ts';
import type { ResultBackend } from '../backends/index.ts';
import type { ExecutorFactory } from '../pool/index.ts';
import type { Consumer, Transport } from '../transports/index.ts';
import type { Logger, Millis, Time } from '../util/index.ts';
import type { PoolShape } from './options.ts';
import type { SettlerParts } from './settler.ts';
import type { EngineLog } from './task-log.ts';

/** What an engine joins. */
export interface EngineParts {
  readonly app: SettlerParts['app'];
  readonly policies: TaskPolicies;
  readonly results: ResultFacts;
  readonly log: EngineLog;
  readonly logger: Logger;
  readonly time: Time;
  readonly transport: Transport;
  readonly consumer: Consumer;
  readonly backend: ResultBackend | null;
  readonly isOneStore: boolean;
  readonly isOneBroker: boolean;
  readonly shape: PoolShape;
  readonly prefetchMultiplier: number;
  readonly unknownRetryForMs: Millis;
  readonly createExecutor: ExecutorFactory;
}
