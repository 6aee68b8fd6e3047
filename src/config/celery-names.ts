/** Celery 5's settings that have no effect here yet: refused by name, so that nobody relies on them. */
const names = `
  accept_content arangodb_backend_settings azureblockblob_base_path
  azureblockblob_connection_timeout azureblockblob_container_name azureblockblob_read_timeout
  azureblockblob_retry_increment_base azureblockblob_retry_initial_backoff_sec
  azureblockblob_retry_max_attempts beat_cron_starting_deadline beat_executable beat_gid
  beat_logfile beat_max_loop_interval beat_pidfile beat_schedule beat_schedule_filename
  beat_scheduler beat_sync_every beat_uid beat_umask broker_channel_error_retry
  broker_connection_max_retries broker_connection_retry broker_connection_retry_on_startup
  broker_failover_strategy broker_heartbeat broker_heartbeat_checkrate broker_host
  broker_login_method broker_native_delayed_delivery_queue_type broker_password
  broker_pool_acquire_timeout broker_pool_limit broker_port broker_read_url broker_transport
  broker_use_ssl broker_user broker_vhost broker_write_url cache_backend cache_backend_options
  cassandra_auth_kwargs cassandra_auth_provider cassandra_bundle_path cassandra_entry_ttl
  cassandra_keyspace cassandra_options cassandra_port cassandra_read_consistency
  cassandra_secure_bundle_path cassandra_servers cassandra_table cassandra_write_consistency
  control_exchange control_queue_durable control_queue_exclusive control_queue_expires
  control_queue_ttl cosmosdbsql_collection_name cosmosdbsql_consistency_level
  cosmosdbsql_database_name cosmosdbsql_max_retry_attempts cosmosdbsql_max_retry_wait_time
  couchbase_backend_settings database_create_tables_at_setup database_engine_callback
  database_engine_options database_short_lived_sessions database_table_names
  database_table_schemas database_url dynamodb_endpoint_url elasticsearch_max_retries
  elasticsearch_retry_on_timeout elasticsearch_save_meta_as_text elasticsearch_timeout
  enable_utc event_exchange event_queue_durable event_queue_exclusive event_queue_expires
  event_queue_prefix event_queue_ttl event_serializer events_executable events_gid
  events_logfile events_pidfile events_uid events_umask firestore_project gcs_base_path
  gcs_bucket gcs_project gcs_threadpool_maxsize gcs_ttl imports include mongodb_backend_settings
  override_backends redis_backend_credential_provider redis_backend_health_check_interval
  redis_backend_use_ssl redis_client_name redis_db redis_host redis_max_connections
  redis_password redis_port redis_retry_on_timeout redis_socket_connect_timeout
  redis_socket_keepalive redis_socket_timeout redis_username result_accept_content
  result_backend_always_retry result_backend_base_sleep_between_retries_ms
  result_backend_max_retries result_backend_max_sleep_between_retries_ms
  result_backend_thread_safe result_backend_transport_options result_cache_max
  result_chord_join_timeout result_chord_retry_interval result_compression result_exchange
  result_exchange_type result_extended result_persistent result_serializer s3_access_key_id
  s3_base_path s3_bucket s3_endpoint_url s3_region s3_secret_access_key security_cert_store
  security_certificate security_digest security_key security_key_password task_acks_on_failure
  task_acks_on_timeout task_allow_error_cb_on_chord_header task_always_eager task_annotations
  task_compression task_create_missing_queue_exchange_type task_create_missing_queue_type
  task_create_missing_queues task_default_delivery_mode task_default_exchange
  task_default_exchange_type task_default_queue_type task_default_rate_limit
  task_default_routing_key task_eager_propagates task_inherit_parent_priority task_protocol
  task_publish_retry task_publish_retry_policy task_queue_max_priority task_queues
  task_remote_tracebacks task_routes task_send_sent_event task_serializer task_soft_time_limit
  task_store_eager_result task_store_errors_even_if_ignored task_time_limit task_track_started
  timezone visibility_timeout worker_agent worker_autoscaler
  worker_cancel_long_running_tasks_on_connection_loss worker_consumer
  worker_deduplicate_successful_tasks worker_detect_quorum_queues worker_direct
  worker_disable_prefetch worker_disable_rate_limits worker_enable_prefetch_count_reduction
  worker_enable_remote_control worker_enable_soft_shutdown_on_idle worker_eta_task_limit
  worker_executable worker_gid worker_hijack_root_logger worker_log_color worker_log_format
  worker_logfile worker_lost_wait worker_max_memory_per_child worker_max_tasks_per_child
  worker_pidfile worker_pool_putlocks worker_pool_restarts worker_proc_alive_timeout
  worker_redirect_stdouts worker_redirect_stdouts_level worker_send_task_events
  worker_soft_shutdown_timeout worker_state_db worker_task_log_format worker_timer
  worker_timer_precision worker_uid worker_umask
`;

/** In our spelling, such as `taskAlwaysEager`. */
export const unsupportedSettings: ReadonlySet<string> = new Set(
  names.trim().split(/\s+/).map(camelCased),
);

/** `task_acks_late` -> `taskAcksLate`; a name without `_` stays as it is. */
export function camelCased(name: string): string {
  return name.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_match, letter: string) =>
    letter.toUpperCase(),
  );
}

const transportNames = `
  ack_emulation confirm_publish fanout_patterns fanout_prefix global_keyprefix health_check_interval
  interval_max interval_start interval_step master_name max_connections max_retries polling_interval
  predefined_queues priority_steps queue_name_prefix queue_order_strategy region retry_on_timeout
  sentinel_kwargs sep socket_connect_timeout socket_keepalive socket_keepalive_options socket_timeout
  unacked_index_key unacked_key unacked_mutex_expire unacked_mutex_key unacked_restore_limit
  wait_time_seconds
`;

/** What Kombu's transports take in `brokerTransportOptions` and ours do not yet. */
export const unsupportedTransportOptions: ReadonlySet<string> = new Set(
  transportNames.trim().split(/\s+/).map(camelCased),
);
