import type { Millis } from '../../util/index.ts';
import type { RedisLink } from './link.ts';
import { defineScript } from './script.ts';
import type { RedisShare } from './share.ts';

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
  readonly #routeId: string | undefined;
  readonly #connectTimeoutMs: Millis;
  #identity: Promise<string> | undefined;

  constructor(
    { commands, routeId, shown }: Pick<RedisShare, 'commands' | 'routeId' | 'shown'>,
    { connectTimeoutMs }: { connectTimeoutMs: Millis },
  ) {
    this.url = shown;
    this.#link = commands;
    this.#routeId = routeId;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * `<run id>|<user>`; with the database too where a script cannot reach another one. It holds until
   * the server restarts. Of a list of servers only those who follow the same list are sure to be on the same one.
   * @throws BrokerUnavailableError, BrokerRefusedError, BrokerUntrustedError
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
    const serverId = /^run_id:(\w+)/m.exec(info ?? '')?.[1] ?? `${address.host}:${address.port}`;
    const parts = [this.#routeId ?? serverId, user ?? address.username ?? 'default'];
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
