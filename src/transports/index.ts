export { defaultLayout, type LayoutOptions } from './layout-options.ts';
export type { QueueOrderStrategy } from './queue-order.ts';
export { openTransport } from './registry.ts';
export type {
  Completion,
  ConsumeOptions,
  Consumer,
  FaultPoint,
  Parking,
  PublishRetry,
  ResultWrite,
  Settle,
  Store,
  Transport,
  TransportOptions,
} from './transport.ts';
