import { fileURLToPath } from 'node:url';
import { proveAreas } from './prove.ts';

proveAreas('serializers', {
  python: `
import collections, datetime, decimal, uuid

app.conf.accept_content = ['json', 'yaml', 'msgpack', 'pickle']

RICH = [
    datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc),
    datetime.date(2024, 1, 2), datetime.time(3, 4, 5), decimal.Decimal('1.50'),
    uuid.UUID('12345678-1234-5678-1234-567812345678'), b'\\xff\\x00', {7}, (1, 2), 2**70,
]
COUNTER = collections.Counter('a')

@app.task(name='peer.reprs')
def reprs(*values):
    return [repr(value) for value in values]
`,
  module: fileURLToPath(new URL('../fixtures/formats.ts', import.meta.url)),
  args: ['--set', 'acceptContent=json,yaml,msgpack,pickle'],
});
