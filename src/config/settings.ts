import type { Duration } from '../util/index.ts';
import type { TlsSettings } from './connection-kinds.ts';
import type { Setting } from './kinds.ts';
import { brokerSettings } from './tables/broker.ts';
import { publishSettings } from './tables/publish.ts';
import { publishRetryTable } from './tables/publish-retry.ts';
import { resultSettings } from './tables/result.ts';
import { routingSettings } from './tables/routing.ts';
import { securitySettings } from './tables/security.ts';
import { taskSettings } from './tables/task.ts';
import { resultTransportOptionTable, transportOptionTable } from './tables/transport-options.ts';
import { workerSettings } from './tables/worker.ts';

/** Every setting that is one value. */
export const settingTable = {
  ...brokerSettings,
  ...routingSettings,
  ...publishSettings,
  ...taskSettings,
  ...resultSettings,
  ...securitySettings,
  ...workerSettings,
} satisfies Record<string, Setting<unknown>>;

/** Settings that are objects, each with a table of its own for what it may hold. */
export const nestedTables = {
  brokerTransportOptions: transportOptionTable,
  resultBackendTransportOptions: resultTransportOptionTable,
  taskPublishRetryPolicy: publishRetryTable,
} satisfies Record<string, Readonly<Record<string, Setting<unknown>>>>;

type ValueOf<Row> = Row extends Setting<infer Value> ? Value : never;
type ValuesOf<Table> = { readonly [Key in keyof Table]: ValueOf<Table[Key]> };
type Given<Values> = { readonly [Key in keyof Values]?: Values[Key] | undefined };

type NestedTables = typeof nestedTables;

/** What the broker's transport is told. */
export type TransportSettings = ValuesOf<typeof transportOptionTable>;

/** The settings of an app, complete and frozen. */
export type Settings = ValuesOf<typeof settingTable> & {
  readonly [Key in keyof NestedTables]: ValuesOf<NestedTables[Key]>;
};

/** Settings that can be given in more forms than they are kept in. */
interface Forms {
  readonly brokerUrl: string | readonly string[];
  readonly brokerReadUrl: string | readonly string[] | null;
  readonly brokerWriteUrl: string | readonly string[] | null;
  readonly brokerUseSsl: boolean | TlsSettings;
  readonly resultBackend: string | readonly string[] | null;
  readonly resultExpires: Duration | null;
  readonly redisBackendUseSsl: boolean | TlsSettings;
}

/** Settings as a program gives them: any of them, and `broker` and `backend` for the two URLs. */
export type SettingsOptions = Given<Omit<ValuesOf<typeof settingTable>, keyof Forms> & Forms> & {
  readonly [Key in keyof NestedTables]?: Given<ValuesOf<NestedTables[Key]>> | undefined;
} & {
  /** The same as `brokerUrl`. */
  readonly broker?: string | readonly string[] | undefined;
  /** The same as `resultBackend`. */
  readonly backend?: string | readonly string[] | null | undefined;
};
