import { expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { encodeControl } from './control.ts';
import { jsonSerializer } from './serializers.ts';

/** A command that Python's client has sent, and where. */
interface Sent {
  readonly name: string;
  readonly request: readonly (readonly [channel: string, envelope: string])[];
  readonly request_body: readonly string[];
}

const versions = ['5.2.6', '5.6.2'] as const;
/** Those that were sent without waiting for replies; the others have what is missing here. */
const commands = versions.flatMap((version) =>
  readVectors<Sent>(version, 'g_control_redis')
    .filter(({ name }) => name.startsWith('revoke') && name !== 'revoked')
    .map((each) => ({ version, ...each })),
);

test.each(commands)('$version/$name is written as Python writes it', (captured) => {
  const [[channel, envelope] = ['', '']] = captured.request;
  const python = JSON.parse(envelope);
  const { ticket, reply_to, ...body } = JSON.parse(captured.request_body[0] ?? '');
  const isPlain = ticket === undefined && reply_to === undefined;

  const ours = encodeControl(
    { method: body.method, arguments: body.arguments },
    {
      clock: python.headers.clock,
      expiresMs: python.headers.expires * 1000,
      serializer: jsonSerializer,
      types: 'typed',
      deliveryTag: python.properties.delivery_tag,
    },
  );

  expect(channel).toBe('/0.celery.pidbox');
  expect(JSON.parse(atob(JSON.parse(ours).body))).toEqual(body);
  expect({ ...JSON.parse(ours), body: '' }).toEqual({ ...python, body: '' });
  if (isPlain) expect(ours).toBe(envelope);
});

test('there are commands of each kind', () => {
  const kinds = new Set(commands.map(({ name }) => name));

  expect([...kinds].toSorted()).toEqual([
    ...['revoke_by_stamped_headers', 'revoke_by_stamped_headers_term'],
    ...['revoke_noreply', 'revoke_reply', 'revoke_terminate'],
  ]);
});
