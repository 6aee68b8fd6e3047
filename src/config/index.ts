export type { Setting } from './kinds.ts';
export { resolveSettings, type SettingsSources } from './resolve.ts';
export {
  type Settings,
  type SettingsOptions,
  settingTable,
  type TransportSettings,
  transportOptionTable,
} from './settings.ts';
