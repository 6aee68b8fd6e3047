import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCertificates } from '../../../test/vectors/signing.ts';
import { fitsDigest, isSignatureOf, parseCertificate, signBytes } from './certificate.ts';

const { vectors, files } = readCertificates();

describe("a signer's id is Python's", () => {
  test.each(vectors)('$name', ({ pem, ids }) => {
    const certificate = parseCertificate(pem);

    expect(ids).toContain(certificate.id);
    expect([certificate.id, ...certificate.otherIds].toSorted()).toEqual(ids.toSorted());
  });
});

test('the values of one level are in the order of the certificate, which is sorted', () => {
  const ids = vectors
    .filter(({ ids }) => ids.length > 1)
    .map(({ pem }) => parseCertificate(pem).id);

  expect(ids).toEqual([
    'DE a Ops Acme z 7',
    'XX Z A m 455623289082749568636921008789895924250763607649',
  ]);
});

test('a certificate says until when it is valid, how long its signatures are, and whose it is', () => {
  const certificate = parseCertificate(files.expired);

  expect(new Date(certificate.expiresMs).toISOString()).toBe('2021-01-01T00:00:00.000Z');
  expect(certificate.signatureBytes).toBe(128);
  expect(certificate.isOfKey(createPrivateKey(files.rsaKey))).toBe(true);
  expect(certificate.isOfKey(createPrivateKey(files.otherKey))).toBe(false);
});

test('text before a certificate is passed over', () => {
  const certificate = parseCertificate(`subject=/CN=simple\n${files.rsaCertificate}`);

  expect(certificate.id).toBe('simple 20');
});

test.each([
  ['no certificate', 'hello', 'holds no certificate in PEM'],
  ['a key', files.rsaKey, 'holds no certificate in PEM'],
  ['two certificates', files.rsaCertificate + files.expired, 'holds 2 certificates'],
  ['a certificate cut off', files.rsaCertificate.slice(0, 200), 'cannot be read'],
  ['a key that is not RSA', files.ecCertificate, "of type 'ec'; only RSA"],
])('%s is refused', (_what, pem, problem) => {
  expect(() => parseCertificate(pem)).toThrow(problem);
});

describe('a signature', () => {
  const key = createPrivateKey(files.rsaKey);
  const publicKey = createPublicKey(files.rsaCertificate);
  const bytes = Buffer.from('signed');

  test.each(['sha224', 'sha256', 'sha384', 'sha3_256'] as const)('with %s holds', (digest) => {
    const signature = signBytes(bytes, { digest, key });

    expect(isSignatureOf(signature, bytes, { digest, key: publicKey })).toBe(true);
  });

  test('is not that of other bytes, of another key or with another hash', () => {
    const signature = signBytes(bytes, { digest: 'sha256', key });
    const check = (of: Buffer, digest: 'sha256' | 'sha384', pem: string) =>
      isSignatureOf(signature, of, { digest, key: createPublicKey(pem) });

    expect(check(Buffer.from('Signed'), 'sha256', files.rsaCertificate)).toBe(false);
    expect(check(bytes, 'sha256', files.otherCertificate)).toBe(false);
    expect(check(bytes, 'sha384', files.rsaCertificate)).toBe(false);
    expect(isSignatureOf(Buffer.alloc(3), bytes, { digest: 'sha256', key: publicKey })).toBe(false);
  });

  test('needs a key that is long enough for the hash', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });

    expect(fitsDigest(privateKey, 'sha224')).toBe(true);
    expect(fitsDigest(privateKey, 'sha512')).toBe(false);
  });
});
