import type { Millis } from '../util/index.ts';

/** How a TLS connection is made. Plain data, as it travels to other threads. Empty means: verify as usual. */
export interface TlsOptions {
  /** PEM texts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Files with the same, read at each connection. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** What the key is encrypted with. */
  readonly passphrase?: string | undefined;
  /** false: any certificate will do. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** false: a certificate that is trusted may be another host's. */
  readonly checkHostname?: boolean | undefined;
  /** The name to ask for and to expect, if it is not that of the URL. */
  readonly servername?: string | undefined;
}

/** In which order other servers are tried: names of Kombu's, or what gives URLs to try, again and again. */
export type FailoverStrategy =
  | 'round-robin'
  | 'shuffle'
  | ((urls: readonly string[]) => Iterable<string>);

/** How to connect to a server, whatever it is for. What is left out is the driver's own. */
export interface ConnectionOptions {
  /** For one attempt to connect; then it has failed. */
  readonly connectTimeoutMs?: Millis | undefined;
  /** A server that owes an answer and is silent for this long is taken for gone. */
  readonly silenceMs?: Millis | undefined;
  /** How often the connection that the server tells things on, idle for long, is asked whether it lives; 0 never. */
  readonly healthCheckMs?: Millis | undefined;
  /** Whether the operating system probes idle connections. */
  readonly keepAlive?: boolean | undefined;
  /** What the server lists the connections under. */
  readonly clientName?: string | undefined;
  /** Given, the connection is encrypted, whatever the URL says. */
  readonly tls?: TlsOptions | undefined;
  /** For a list of URLs. */
  readonly failover?: FailoverStrategy | undefined;
  /** Told in one line when another server of the list is used from now on. */
  readonly onNotice?: ((message: string) => void) | undefined;
}
