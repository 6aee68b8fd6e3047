import type { Millis } from '../../util/index.ts';
import type { RedisLink } from './link.ts';
import { defineScript } from './script.ts';

/**
 * Whether a script may use other databases.
 *
 * KEYS  none
 * ARGV  a database
 * reply 1, or 0 if SELECT is not for this user or not in this server's scripts
 */
const probeSelect = defineScript({
  lua: /* lua */ `
local answer = redis.pcall('SELECT', ARGV[1])
return answer.err and 0 or 1
`,
  keys: () => [],
  argv: (db: number) => [db],
  parse: (reply) => reply === 1,
});

/** Says which server a URL means, so that two URLs of one server are seen to be equal. */
export class RedisStore {
  readonly kind = 'redis';
  /** Without its password. */
  readonly url: string;
  readonly #link: RedisLink;
  readonly #connectTimeoutMs: Millis;
  #identity: Promise<string> | undefined;

  constructor(link: RedisLink, { connectTimeoutMs }: { connectTimeoutMs: Millis }) {
    this.url = link.address.shown;
    this.#link = link;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * `<run id>|<user>`; with the database too where a script cannot reach another one. It holds until
   * the server restarts. @throws BrokerUnavailableError, BrokerRefusedError
   */
  async identity(): Promise<string> {
    this.#identity ??= this.#read();
    try {
      return await this.#identity;
    } catch (error) {
      this.#identity = undefined;
      throw error;
    }
  }

  async #read(): Promise<string> {
    const { address } = this.#link;
    await this.#link.ready(AbortSignal.timeout(this.#connectTimeoutMs));
    const [info, user, canSelect] = await Promise.all([
      this.#ask('info', ['server']),
      this.#ask('acl', ['whoami']),
      probeSelect(this.#link, address.db),
    ]);
    const runId = /^run_id:(\w+)/m.exec(info ?? '')?.[1] ?? `${address.host}:${address.port}`;
    const parts = [runId, user ?? address.username ?? 'default'];
    return (canSelect ? parts : [...parts, address.db]).join('|');
  }

  /** @returns undefined if the server refuses the question; what we may do without knowing is less. */
  async #ask(name: string, args: readonly string[]): Promise<string | undefined> {
    try {
      return String(await this.#link.call(name, args));
    } catch (error) {
      if (!this.#link.isUp) throw error;
      return undefined;
    }
  }
}
