/** A redis-server that belongs to whoever started it. */
export interface RedisServer {
  /** `redis://127.0.0.1:<port>/0` */
  readonly url: string;
  /** The port it listens on, the same for its whole life. */
  readonly port: number;
  /** Changes with `restart`. */
  readonly pid: number;
  /** Ends it and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL; `restart` brings it back, empty unless its `args` make it persist. */
  kill(): Promise<void>;
  /** Ends it in good order if it is alive and starts it anew on the same port. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  /** SIGCONT */
  thaw(): void;
  /** Runs redis-cli. @returns what it printed; rejects if the command fails. */
  cli(...args: string[]): Promise<string>;
}

/** @returns a free loopback port outside the range of outgoing connections. */
export function freePort(): Promise<number>;

/** Starts a private redis-server that persists nothing; `args` go to it as they are. */
export function startRedis(options: {
  /** The redis-server to run; redis-cli is taken from beside it. */
  binary: string;
  args?: readonly string[];
  port?: number;
}): Promise<RedisServer>;
