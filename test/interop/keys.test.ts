import { startRedis } from '../support/redis.ts';
import { crossing } from './crossing.ts';
import { proveAreas } from './prove.ts';

const options = {
  ...{ globalKeyprefix: 'app:', sep: ':', prioritySteps: [0, 5] },
  ...{ unackedKey: 'claims', unackedIndexKey: 'claims.index' },
};
/** The same for Python. */
const python = `
app.conf.broker_transport_options = {
    'global_keyprefix': 'app:', 'sep': ':', 'priority_steps': [0, 5],
    'unacked_key': 'claims', 'unacked_index_key': 'claims.index',
}
# what Celery makes of result_backend_transport_options.global_keyprefix = 'res' since 5.3
app.backend.task_keyprefix = b'res_celery-task-meta-'
`;

proveAreas('keys', {
  ...crossing,
  python: `${crossing.python}\n${python}`,
  settings: {
    brokerTransportOptions: options,
    resultBackendTransportOptions: { globalKeyprefix: 'res' },
  },
  env: {
    CELERIAC_BROKER_TRANSPORT_OPTIONS: JSON.stringify(options),
    CELERIAC_RESULT_BACKEND_TRANSPORT_OPTIONS: '{"globalKeyprefix": "res"}',
  },
  backendUrl: async () => (await startRedis()).url,
});
