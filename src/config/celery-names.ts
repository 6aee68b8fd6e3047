import { camelCased } from './spellings.ts';

/** Names of Celery's that mean nothing here, and why: the end of a sentence "… is a setting of Celery's that". */
interface Group {
  readonly reason: string;
  /** In Celery's spelling, with spaces between them. */
  readonly names: string;
}

const settings: readonly Group[] = [
  {
    reason: 'is for a result store that is not supported; results are kept in Redis or SQLite',
    names: `
      arangodb_backend_settings azureblockblob_base_path azureblockblob_connection_timeout
      azureblockblob_container_name azureblockblob_read_timeout
      azureblockblob_retry_increment_base azureblockblob_retry_initial_backoff_sec
      azureblockblob_retry_max_attempts cache_backend cache_backend_options cassandra_auth_kwargs
      cassandra_auth_provider cassandra_bundle_path cassandra_entry_ttl cassandra_keyspace
      cassandra_options cassandra_port cassandra_read_consistency cassandra_secure_bundle_path
      cassandra_servers cassandra_table cassandra_write_consistency cosmosdbsql_collection_name
      cosmosdbsql_consistency_level cosmosdbsql_database_name cosmosdbsql_max_retry_attempts
      cosmosdbsql_max_retry_wait_time couchbase_backend_settings database_create_tables_at_setup
      database_engine_callback database_engine_options database_short_lived_sessions
      database_table_names database_table_schemas database_url dynamodb_endpoint_url
      elasticsearch_max_retries elasticsearch_retry_on_timeout elasticsearch_save_meta_as_text
      elasticsearch_timeout firestore_project gcs_base_path gcs_bucket gcs_project
      gcs_threadpool_maxsize gcs_ttl mongodb_backend_settings override_backends
      result_backend_thread_safe result_exchange result_exchange_type result_persistent
      s3_access_key_id s3_base_path s3_bucket s3_endpoint_url s3_region s3_secret_access_key`,
  },
  {
    reason: 'is not supported yet; it comes with beat',
    names: `
      beat_cron_starting_deadline beat_executable beat_gid beat_logfile beat_max_loop_interval
      beat_pidfile beat_schedule beat_schedule_filename beat_scheduler beat_sync_every beat_uid
      beat_umask enable_utc timezone`,
  },
  {
    reason: 'is not supported yet; it comes with events',
    names: `
      event_exchange event_queue_durable event_queue_exclusive event_queue_expires
      event_queue_prefix event_queue_ttl event_serializer events_executable events_gid
      events_logfile events_pidfile events_uid events_umask task_send_sent_event
      worker_send_task_events`,
  },
  {
    reason: 'is not supported yet; it comes with remote control and rate limits',
    names: `
      control_exchange control_queue_durable control_queue_exclusive control_queue_expires
      control_queue_ttl task_default_rate_limit worker_disable_rate_limits
      worker_enable_remote_control worker_pool_restarts worker_state_db`,
  },
  {
    reason: 'is not supported yet; it comes with RabbitMQ',
    names: `
      broker_channel_error_retry broker_heartbeat broker_heartbeat_checkrate broker_login_method
      broker_native_delayed_delivery_queue_type task_create_missing_queue_type
      task_default_queue_type task_queue_max_priority worker_detect_quorum_queues`,
  },
  {
    reason:
      "is not supported yet; it comes with the worker's pools of processes, their limits and their ends",
    names: `
      task_acks_on_failure task_acks_on_timeout task_soft_time_limit task_time_limit
      worker_autoscaler worker_cancel_long_running_tasks_on_connection_loss
      worker_deduplicate_successful_tasks worker_enable_soft_shutdown_on_idle worker_lost_wait
      worker_max_memory_per_child worker_max_tasks_per_child worker_proc_alive_timeout
      worker_soft_shutdown_timeout`,
  },
  {
    reason: 'is not supported yet; it comes with log files and formats',
    names: `
      worker_hijack_root_logger worker_log_color worker_log_format worker_logfile
      worker_redirect_stdouts worker_redirect_stdouts_level worker_task_log_format`,
  },
  {
    reason:
      "is for a daemon of Celery's own making; let systemd, a container or a supervisor do that",
    names: `
      worker_executable worker_gid worker_pidfile worker_uid worker_umask`,
  },
  {
    reason:
      "has no use here: a part of Celery's worker by class name; this worker has no such parts",
    names: `
      worker_agent worker_consumer worker_pool_putlocks worker_timer worker_timer_precision`,
  },
  {
    reason:
      "has no use here: tasks with an ETA wait in the broker, and claims are made ahead by time; see 'workerPrefetchMultiplier'",
    names: `
      worker_disable_prefetch worker_enable_prefetch_count_reduction worker_eta_task_limit`,
  },
  {
    reason:
      "is replaced here by the URL: give 'brokerUrl', such as 'redis://host:6379/0', with user and password in it",
    names: `
      broker_host broker_password broker_port broker_transport broker_user broker_vhost`,
  },
  {
    reason:
      "is replaced here by the URL: give 'resultBackend', such as 'redis://host:6379/0', with user and password in it",
    names: `
      redis_db redis_host redis_password redis_port redis_username`,
  },
  {
    reason: "is a class of Python's; give user and password in 'resultBackend'",
    names: `
      redis_backend_credential_provider`,
  },
  {
    reason: 'has no use here: one connection carries everything, so there is no pool of them',
    names: `
      broker_pool_acquire_timeout broker_pool_limit redis_max_connections`,
  },
  {
    reason: 'has no use here: what was not answered may have been done, and is never sent twice',
    names: `
      redis_retry_on_timeout`,
  },
  {
    reason: 'has no use here: a worker stores a result, and tries again until it is stored',
    names: `
      result_backend_always_retry result_backend_base_sleep_between_retries_ms
      result_backend_max_retries result_backend_max_sleep_between_retries_ms`,
  },
  {
    reason: "has no use here: give it in 'brokerTransportOptions'",
    names: `
      visibility_timeout`,
  },
  {
    reason: "has no use here: an error of a worker's keeps its traceback as text",
    names: `
      task_remote_tracebacks`,
  },
  {
    reason: 'has no use here: messages are of version 2, which Celery sends since 4.0',
    names: `
      task_protocol`,
  },
  {
    reason: 'has no use here: results are not kept in the client',
    names: `
      result_cache_max`,
  },
  {
    reason: 'is not supported yet; leave it out',
    names: `
      result_compression`,
  },
];

const transportOptions: readonly Group[] = [
  {
    reason: "is for Amazon's SQS, which is not supported",
    names: `
      polling_interval predefined_queues queue_name_prefix region wait_time_seconds`,
  },
  {
    reason: 'is not supported yet; it comes with RabbitMQ',
    names: `
      confirm_publish`,
  },
  {
    reason: 'is not supported yet; it comes with Sentinel',
    names: `
      master_name sentinel_kwargs`,
  },
  {
    reason: 'is no choice here: claims are always on record, so that nothing is lost',
    names: `
      ack_emulation`,
  },
  {
    reason: 'has no use here: a sweep takes each claim in a step of its own, and needs no lock',
    names: `
      unacked_mutex_expire unacked_mutex_key unacked_restore_limit`,
  },
  {
    reason: 'has no use here: a message without a queue is an error that its sender gets',
    names: `
      deadletter_queue`,
  },
  {
    reason: 'has no use here: one connection carries everything, so there is no pool of them',
    names: `
      max_connections`,
  },
  {
    reason: 'has no use here: what was not answered may have been done, and is never sent twice',
    names: `
      retry_on_timeout`,
  },
  {
    reason:
      "is replaced here: senders try until 'brokerSendTimeout', workers as 'brokerConnectionMaxRetries' says",
    names: `
      interval_max interval_start interval_step max_retries`,
  },
  {
    reason: "cannot be set from Node; 'socketKeepalive' has the system's own times",
    names: `
      socket_keepalive_options`,
  },
];

/** Celery's settings that are refused by name, in our spelling, with the reason; so that nobody relies on them. */
export const unsupportedSettings: ReadonlyMap<string, string> = byName(settings);

/** The same of what Kombu's transports take in `broker_transport_options`. */
export const unsupportedTransportOptions: ReadonlyMap<string, string> = byName(transportOptions);

/** The same of `result_backend_transport_options`. */
export const unsupportedResultTransportOptions: ReadonlyMap<string, string> = new Map([
  ...unsupportedTransportOptions,
  ...byName([
    {
      reason: "has no use here: results are not claimed; it is for 'brokerTransportOptions'",
      names: 'visibility_timeout',
    },
    {
      reason: 'has no use here: a worker stores a result, and tries again until it is stored',
      names: 'retry_policy',
    },
    {
      reason: "is a setting of its own here, such as 'redisSocketTimeout'",
      names: 'socket_timeout socket_connect_timeout socket_keepalive health_check_interval',
    },
  ]),
]);

function byName(groups: readonly Group[]): ReadonlyMap<string, string> {
  return new Map(
    groups.flatMap(({ reason, names }) =>
      names
        .trim()
        .split(/\s+/)
        .map((name) => [camelCased(name), reason] as const),
    ),
  );
}
