import type { Settings, SettingsOptions } from '../config/index.ts';
import { ConfigError } from '../errors.ts';
import type { LogLevel } from '../util/index.ts';

/** How a test kit differs from one that is told nothing. */
export interface TestAppOptions {
  /** Settings for as long as the kit is open, stronger than the app's own. `backend: null` turns results off. */
  readonly settings?: SettingsOptions;
  /** The time at which the kit's clock stands at first; the machine's if not given. */
  readonly now?: Date;
  /** Tasks run as soon as they are due, not only when the kit is told to run them. The clock stands still all the same. */
  readonly autorun?: boolean;
  /** So many tries in one call of the kit, 10,000 if not given, are taken for tasks that send themselves for ever. */
  readonly maxRuns?: number;
  /** Writes what a worker would log, from this level on, to standard error. */
  readonly logLevel?: LogLevel;
}

/** The settings that put an app on a kit's store. @throws ConfigError for settings that name another one */
export function testSettings(url: string, given: SettingsOptions, own: Settings): SettingsOptions {
  const { broker, brokerUrl, backend, resultBackend, ...others } = given;
  const { brokerReadUrl, brokerWriteUrl } = others;
  const named = { broker, brokerUrl, brokerReadUrl, brokerWriteUrl, backend, resultBackend };
  for (const [name, value] of Object.entries(named)) {
    if (value === undefined || value === null) continue;
    throw new ConfigError(
      `setting '${name}' cannot be given to a test kit, which has a store of its own in memory; leave it out`,
    );
  }
  const isOff = backend === null || resultBackend === null || own.resultBackend === null;
  return {
    taskAlwaysEager: false, // what is run where it is called is sent nowhere
    ...others,
    brokerUrl: url,
    brokerReadUrl: null,
    brokerWriteUrl: null,
    resultBackend: isOff ? null : url,
  };
}
