export { findPath } from './catalogue.ts';
export { type Environment, setFromCommandLine } from './command-line.ts';
export type { Setting } from './kinds.ts';
export type { ConfigSource, Origin } from './layers.ts';
export type { QueueBinding, QueueOptions, TaskQueues } from './queues.ts';
export {
  type ExplainedSetting,
  explainSettings,
  resolveSettings,
  type SettingsSources,
} from './resolve.ts';
export {
  type DeliveryMode,
  deliveryModes,
  type RouteFunction,
  type RouteOptions,
  type Router,
  type RouteTarget,
  type TaskRoutes,
} from './routes.ts';
export type { Settings, SettingsOptions, TransportSettings } from './settings.ts';
export { camelCased } from './spellings.ts';
export { publishRetryDefaults } from './tables/publish-retry.ts';
export { securitySettings } from './tables/security.ts';
