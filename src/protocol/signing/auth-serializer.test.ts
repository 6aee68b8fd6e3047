import { createPrivateKey } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { readCertificates, readSigned } from '../../../test/vectors/signing.ts';
import { getSerializer, jsonSerializer } from '../serializers.ts';
import { type AuthParts, authSerializer } from './auth-serializer.ts';
import { isSignatureOf, parseCertificate } from './certificate.ts';
import { packSigned, unpackSigned } from './signed-body.ts';

const { files } = readCertificates();
const certificate = parseCertificate(files.rsaCertificate);
const call = { args: [1, 2], kwargs: {}, embed: null };

function parts(more: Partial<AuthParts> = {}): AuthParts {
  return {
    key: createPrivateKey(files.rsaKey),
    certificate,
    trusted: new Map([[certificate.id, certificate]]),
    digest: 'sha256',
    envelope: 'base64',
    serializer: jsonSerializer,
    readers: [jsonSerializer],
    now: () => 0,
    onExpired: () => {},
    ...more,
  };
}

/** The same body with some of its parts changed. */
function changed(text: string, change: Partial<ReturnType<typeof unpackSigned>>): string {
  return packSigned({ ...unpackSigned(text, () => 128), ...change }, 'base64');
}

describe.each([
  ['5.2.6', 'raw'],
  ['5.6.2', 'base64'],
] as const)('of Celery %s', (version, envelope) => {
  const { vectors, certificate: pem, private_key, cert_id } = readSigned(version);
  const signer = parseCertificate(pem);
  const trusted = new Map([[signer.id, signer]]);
  const own = parts({ certificate: signer, key: createPrivateKey(private_key), trusted, envelope });

  test('there are messages', () => {
    expect(vectors.length).toBeGreaterThan(1);
    expect(signer.id).toBe(cert_id);
  });

  test.each(vectors)('what Python signed is checked and read: $data', ({ data, payload }) => {
    const read = authSerializer(own).decode(payload);

    expect(read).toEqual(data);
  });

  test.each(vectors)('its parts are those that Python sees: $data', ({ payload, unpacked }) => {
    const { signerId, signature, ...others } = unpackSigned(payload, () => signer.signatureBytes);

    expect(signerId).toBe(unpacked.signer);
    expect(signature.toString('base64')).toBe(unpacked.signature_base64);
    expect(others).toEqual({
      contentType: unpacked.content_type,
      contentEncoding: unpacked.content_encoding,
      body: unpacked.body,
    });
    expect(packSigned({ signerId, signature, ...others }, envelope)).toBe(payload);
  });

  test.each(vectors)('ours differ only in the salted signature: $data', ({ payload, unpacked }) => {
    const serializer = { ...jsonSerializer, encode: () => unpacked.body };

    const ours = unpackSigned(
      authSerializer({ ...own, serializer }).encode({}, 'typed'),
      () => 256,
    );

    const { signature, ...same } = unpackSigned(payload, () => 256);
    const bytes = Buffer.from(unpacked.body);
    expect(ours).toEqual({ ...same, signature: expect.any(Buffer) });
    expect(ours.signature.equals(signature)).toBe(false);
    expect(isSignatureOf(ours.signature, bytes, { digest: 'sha256', key: signer.publicKey })).toBe(
      true,
    );
  });
});

test.each(['raw', 'base64'] as const)(
  'a body and a signature may hold what separates the parts (%s)',
  (envelope) => {
    const body = 'a\0\x01b\0\x01c';
    const signature = Buffer.from(`\0\x01${'s'.repeat(124)}\0\x01`);
    const whole = { signerId: 'é 1', signature, contentType: 't', contentEncoding: 'e', body };

    const read = unpackSigned(packSigned(whole, envelope), () => 128);

    expect(read).toEqual(whole);
  },
);

describe('refused is', () => {
  const signed = authSerializer(parts()).encode(call, 'typed');
  const cut = (length: number) => btoa(atob(signed).slice(0, length));
  const strange = parseCertificate(files.otherCertificate);

  test.each([
    ['what is not base64', '{"a": 1}', 'not base64'],
    ['nothing', '', 'no signed body'],
    ['what has no parts', btoa('hello'), 'no signed body'],
    ['a body without its signature', cut(20), 'no signed body'],
    ['a body without its types', cut(210), 'no signed body'],
    [
      'a changed body',
      changed(signed, { body: '[[1, 3], {}, null]' }),
      "not that of signer 'simple",
    ],
    ['a body that was cut', signed.slice(0, -4), "not that of signer 'simple 20'"],
    ['another signature', changed(signed, { signature: Buffer.alloc(128) }), 'not that of signer'],
    ['no signature', changed(signed, { signature: Buffer.alloc(0) }), 'not that of signer'],
    [
      'an unknown signer',
      changed(signed, { signerId: 'evil 9' }),
      "signer 'evil 9' is not trusted",
    ],
  ])('%s', (_what, text, reason) => {
    expect(() => authSerializer(parts()).decode(text)).toThrow(reason);
  });

  test("another's body under a name that is trusted", () => {
    const others = parts({ key: createPrivateKey(files.otherKey), certificate: strange });
    const forged = changed(authSerializer(others).encode(call, 'typed'), { signerId: 'simple 20' });

    expect(() => authSerializer(parts()).decode(forged)).toThrow('its signature is not');
  });

  test('a body that is signed with another hash', () => {
    expect(() => authSerializer(parts({ digest: 'sha384' })).decode(signed)).toThrow(
      "differ in 'securityDigest' (sha384 here)",
    );
  });

  test("one's own body, where one's own certificate is not trusted", () => {
    const trusted = new Map([[strange.id, strange]]);

    expect(() => authSerializer(parts({ trusted })).decode(signed)).toThrow(
      "add this program's own certificate to the folder 'securityCertStore'",
    );
  });

  test('a type inside that is not allowed, as nothing signs it', () => {
    for (const contentType of [
      'application/x-python-serialize',
      'application/x-yaml',
      '',
      'x\0y',
    ]) {
      expect(() => authSerializer(parts()).decode(changed(signed, { contentType }))).toThrow(
        `the content type inside is '${contentType}'; allowed is json`,
      );
    }
  });
});

test('the encoding inside is not asked, as nothing signs it', () => {
  const signed = authSerializer(parts()).encode({ a: 'é' }, 'typed');

  const read = authSerializer(parts()).decode(changed(signed, { contentEncoding: 'utf-16' }));

  expect(read).toEqual(['é']);
});

test('another serializer may write what is signed', () => {
  const serializer = getSerializer('msgpack');
  const auth = authSerializer(parts({ serializer, readers: [serializer] }));

  const read = auth.decode(auth.encode(call, 'typed'));

  expect(read).toEqual([[1, 2], {}, null]);
});

test('a certificate that expires while it is in use is told of once, and goes on', () => {
  let nowMs = certificate.expiresMs - 1;
  const onExpired = vi.fn();
  const auth = authSerializer(parts({ now: () => nowMs, onExpired }));

  const signed = auth.encode(call, 'typed');
  expect(onExpired).not.toHaveBeenCalled();
  nowMs += 1;

  expect(auth.decode(signed)).toEqual([[1, 2], {}, null]);
  auth.encode(call, 'typed');
  expect(onExpired.mock.calls).toEqual([[certificate]]);
});
