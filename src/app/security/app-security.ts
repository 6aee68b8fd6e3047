import type { Accepted, Serializer } from '../../protocol/index.ts';

/** How one app signs messages, and which ones it reads. */
export interface AppSecurity {
  readonly auth: Serializer;
  /** What its workers read. */
  readonly accepted: Accepted;
  /** Equal for apps that sign and read the same. */
  readonly identity: string;
}
