export type { Setting } from './kinds.ts';
export { resolveSettings, type SettingsSources } from './resolve.ts';
export {
  type Settings,
  type SettingsOptions,
  settingTable,
  type TransportSettings,
} from './settings.ts';
export { transportOptionTable } from './tables/transport-options.ts';
