/** `task_acks_late` -> `taskAcksLate`; a name without `_` stays as it is. */
export function camelCased(name: string): string {
  return name.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_match, letter: string) =>
    letter.toUpperCase(),
  );
}

/** `taskAcksLate` -> `task_acks_late`, Celery's spelling. */
export function snakeCased(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `taskAcksLate` -> `CELERIAC_TASK_ACKS_LATE`, its variable. */
export function variableOf(name: string): string {
  return `CELERIAC_${snakeCased(name).toUpperCase()}`;
}

/** Old names that no rule gives. Source: `__old__` and `old=` in Celery's `app/defaults.py`. */
const irregular: ReadonlyMap<string, string> = new Map(
  `
  database_engine_options CELERY_RESULT_ENGINE_OPTIONS
  database_short_lived_sessions CELERY_RESULT_DB_SHORT_LIVED_SESSIONS
  database_table_names CELERY_RESULT_DB_TABLENAMES
  database_url CELERY_RESULT_DBURI
  enable_utc ENABLE_UTC
  result_accept_content RESULT_ACCEPT_CONTENT
  result_cache_max CELERY_MAX_CACHED_RESULTS
  result_expires CELERY_TASK_RESULT_EXPIRES
  task_compression CELERY_MESSAGE_COMPRESSION
  task_eager_propagates CELERY_EAGER_PROPAGATES_EXCEPTIONS
  task_protocol CELERY_TASK_PROTOCOL
  task_publish_retry CELERY_TASK_PUBLISH_RETRY
  task_publish_retry_policy CELERY_TASK_PUBLISH_RETRY_POLICY
  task_send_sent_event CELERY_SEND_TASK_SENT_EVENT
  task_serializer CELERY_TASK_SERIALIZER
  task_soft_time_limit CELERYD_TASK_SOFT_TIME_LIMIT
  task_time_limit CELERYD_TASK_TIME_LIMIT
  worker_direct CELERY_WORKER_DIRECT
  worker_disable_rate_limits CELERY_DISABLE_RATE_LIMITS
  worker_enable_remote_control CELERY_ENABLE_REMOTE_CONTROL
  worker_lost_wait CELERYD_WORKER_LOST_WAIT
  worker_redirect_stdouts CELERY_REDIRECT_STDOUTS
  worker_redirect_stdouts_level CELERY_REDIRECT_STDOUTS_LEVEL
  worker_send_task_events CELERY_SEND_EVENTS`
    .trim()
    .split(/\n\s*/)
    .map((line) => line.split(' ') as [string, string]),
);

/** Families whose old names had nothing before them, and those that had a word of their own. */
const bare = /^(azureblockblob|broker|cassandra|control|cosmosdbsql|gcs|s3)_/;
const prefixes = { task_: 'CELERY_', worker_: 'CELERYD_', beat_: 'CELERYBEAT_' };

/** The name that a setting had before Celery 4, such as `CELERYD_CONCURRENCY` for `workerConcurrency`. */
export function oldName(name: string): string {
  const snake = snakeCased(name);
  const known = irregular.get(snake);
  if (known !== undefined) return known;
  if (bare.test(snake)) return snake.toUpperCase();
  for (const [family, prefix] of Object.entries(prefixes)) {
    if (snake.startsWith(family)) return `${prefix}${snake.slice(family.length).toUpperCase()}`;
  }
  return `CELERY_${snake.toUpperCase()}`;
}

/** Every spelling of one setting's name: ours, Celery's, Celery's in the namespace CELERY, and its old one. */
export function spellingsOf(name: string): readonly string[] {
  const snake = snakeCased(name);
  return [...new Set([name, snake, `CELERY_${snake.toUpperCase()}`, oldName(name)])];
}
