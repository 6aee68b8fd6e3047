import { readRedisUrl, redisSchemes, splitUrls } from '../protocol/index.ts';
import { nearest, redactUrl } from '../util/index.ts';

/** What a URL is for. */
export type UrlRole = 'broker' | 'result backend';

const usable = ['redis', 'rediss', 'sqlite', 'memory'];

/** Schemes that Celery and Kombu know, and this version does not. */
const unsupported: Readonly<Record<UrlRole, ReadonlySet<string>>> = {
  broker: words(`
    amqp amqps azureservicebus azurestoragequeues confluentkafka consul etcd filesystem gcpubsub kafka
    librabbitmq mongodb pyamqp pyro qpid redis+sentinel sentinel slmq sqla sqs zookeeper`),
  'result backend': words(`
    amqp arangodb azureblockblob cache cassandra consul cosmosdbsql couchbase couchdb db django-cache
    django-db dynamodb elasticsearch file filesystem gs memcache mongodb redis+sentinel rpc s3
    sentinel`),
};

/**
 * What keeps a URL from being used, as the end of a sentence that begins with its setting's name.
 * Nothing of a user or password is in it. @returns undefined for a URL that can be used.
 */
export function urlProblem(url: string, role: UrlRole): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  const shown = `'${redactUrl(url)}'`;
  const list = splitUrls(url);
  if (list.length > 1) return listProblem(list, role, shown);
  if (scheme !== undefined && isRedis(scheme)) {
    const read = readRedisUrl(url);
    return read.ok ? undefined : `is ${shown}, ${read.problem}`;
  }
  if (scheme === 'sqlite') return sqliteProblem(url, shown);
  if (scheme === 'memory') return memoryProblem(url, shown);
  return schemeProblem({ scheme, url, role, shown });
}

interface Unusable {
  readonly scheme: string | undefined;
  readonly url: string;
  readonly role: UrlRole;
  readonly shown: string;
}

function schemeProblem({ scheme, url, role, shown }: Unusable): string {
  const kind = scheme?.split('+')[0] ?? '';
  if (scheme !== undefined && (unsupported[role].has(scheme) || unsupported[role].has(kind))) {
    return `is ${shown}, and a ${role} of scheme '${scheme}' is not supported yet; use 'redis://…' or 'sqlite:…'`;
  }
  if (scheme === undefined || !url.includes('://')) {
    return `is ${shown}, which is no URL; write 'redis://host:port/db' or 'sqlite:path/to/file'`;
  }
  const near = nearest(scheme, usable);
  const remedy = near ? `did you mean '${near}'?` : "use 'redis://…' or 'sqlite:…'";
  return `is ${shown}, of the unknown scheme '${scheme}'; ${remedy}`;
}

function isRedis(scheme: string): boolean {
  return redisSchemes.some((each) => each === scheme);
}

/** What keeps a list for failover from being used. */
function listProblem(urls: readonly string[], role: UrlRole, shown: string): string | undefined {
  const databases = new Set<number>();
  for (const url of urls) {
    if (!isRedis(url.slice(0, url.indexOf(':')).toLowerCase())) {
      return `is a list of URLs, ${shown}, and only servers of Redis can be in one`;
    }
    const problem = urlProblem(url, role);
    if (problem !== undefined) return problem;
    const read = readRedisUrl(url);
    if (read.ok) databases.add(read.url.db);
  }
  if (databases.size === 1) return undefined;
  return `is a list of URLs, ${shown}, of different databases; name one database of all servers`;
}

function sqliteProblem(url: string, shown: string): string | undefined {
  const path = url.replace(/^sqlite:(\/\/)?/i, '');
  if (path.startsWith(':memory:')) {
    return `is ${shown}, which no other process can see; name a file: 'sqlite:path/to/file'`;
  }
  if (path.includes('?')) return `is ${shown}, and a SQLite URL takes no parameters after '?'`;
  if (path === '' || path.endsWith('/') || path.includes('\0')) {
    return `is ${shown}, which names no file; write 'sqlite:path/to/file'`;
  }
  return undefined;
}

function memoryProblem(url: string, shown: string): string | undefined {
  if (/^memory:(\/\/)?[\w.-]*\/?$/i.test(url)) return undefined;
  return `is ${shown}, and a store in memory has a name of letters, digits and '_.-', or none: write 'memory://' or 'memory://name'`;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
