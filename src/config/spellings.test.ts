import { expect, test } from 'vitest';
import { oldName, snakeCased, spellingsOf, variableOf } from './spellings.ts';

test.each([
  ['taskAcksLate', 'CELERY_ACKS_LATE'],
  ['workerConcurrency', 'CELERYD_CONCURRENCY'],
  ['brokerUrl', 'BROKER_URL'],
  ['resultExpires', 'CELERY_TASK_RESULT_EXPIRES'],
  ['taskSerializer', 'CELERY_TASK_SERIALIZER'],
  ['taskCompression', 'CELERY_MESSAGE_COMPRESSION'],
  ['taskTimeLimit', 'CELERYD_TASK_TIME_LIMIT'],
  ['workerSendTaskEvents', 'CELERY_SEND_EVENTS'],
  ['beatSchedule', 'CELERYBEAT_SCHEDULE'],
  ['resultBackend', 'CELERY_RESULT_BACKEND'],
  ['timezone', 'CELERY_TIMEZONE'],
  ['imports', 'CELERY_IMPORTS'],
  ['s3AccessKeyId', 'S3_ACCESS_KEY_ID'],
  ['controlExchange', 'CONTROL_EXCHANGE'],
])('before Celery 4 %s was %s', (name, old) => {
  expect(oldName(name)).toBe(old);
});

test('a name has four spellings, and a variable', () => {
  expect(spellingsOf('taskAcksLate')).toEqual([
    'taskAcksLate',
    'task_acks_late',
    'CELERY_TASK_ACKS_LATE',
    'CELERY_ACKS_LATE',
  ]);
  expect(snakeCased('redisBackendUseSsl')).toBe('redis_backend_use_ssl');
  expect(variableOf('brokerTransportOptions')).toBe('CELERIAC_BROKER_TRANSPORT_OPTIONS');
});
