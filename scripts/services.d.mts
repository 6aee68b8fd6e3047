/** @returns the path of redis-server, installed if need be. */
export function installedRedis(): Promise<string>;
/** @returns the path of redis-server. Throws, naming the command that installs it, if there is none. */
export function redisBinary(): string;
/** Python's Celery, installed if need be. */
export function pythonCelery(): Promise<{ readonly python: string; readonly version: string }>;
/** What there is of each service, as lines for people. */
export function describeServices(): Promise<string[]>;
/** @returns the version that a redis-server says it has. */
export function redisVersion(binary: string): Promise<string>;
