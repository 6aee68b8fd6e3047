import { resolveSettings, type SettingsSources } from '../../src/config/index.ts';
import { ConfigError } from '../../src/errors.ts';

/** The message of the error that these sources cause. */
export function problemOf(sources: SettingsSources): string {
  try {
    resolveSettings(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no problem';
}
