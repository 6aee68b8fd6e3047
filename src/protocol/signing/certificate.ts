import { constants, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { DecodeError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import { derElements, derInteger, derTags, derText } from './der.ts';

/** Celery's names of hashes and Node's. Those that can be forged (MD5, SHA-1) are not among them. */
const hashes = {
  sha224: ['sha224', 28],
  sha256: ['sha256', 32],
  sha384: ['sha384', 48],
  sha512: ['sha512', 64],
  sha3_256: ['sha3-256', 32],
  sha3_384: ['sha3-384', 48],
  sha3_512: ['sha3-512', 64],
} as const satisfies Readonly<Record<string, readonly [string, number]>>;

/** The hash under a signature, by Celery's name. */
export type SecurityDigest = keyof typeof hashes;

/** Every hash that signatures may have. */
export const securityDigests: readonly SecurityDigest[] = Object.keys(hashes) as SecurityDigest[];

/** What a signature is made and checked with. */
interface Signing {
  readonly digest: SecurityDigest;
  readonly key: KeyObject;
}

/** Signs as Celery does: RSA-PSS, the longest salt, MGF1 of the same hash. @param key - private, RSA */
export function signBytes(bytes: Buffer, { digest, key }: Signing): Buffer {
  return sign(hashes[digest][0], bytes, { key, ...padding({ digest, key }) });
}

/** Whether a signature is one of these bytes. @param key - public, RSA */
export function isSignatureOf(signature: Buffer, bytes: Buffer, { digest, key }: Signing): boolean {
  return verify(hashes[digest][0], bytes, { key, ...padding({ digest, key }) }, signature);
}

function padding({ digest, key }: Signing): { padding: number; saltLength: number } {
  return {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: longestSalt({ digest, key }),
  };
}

/** Negative for a key that is too short for the hash. Source: RFC 8017, 9.1.1. */
function longestSalt({ digest, key }: Signing): number {
  return Math.ceil((modulusBits(key) - 1) / 8) - hashes[digest][1] - 2;
}

/** Whether a key is long enough for signatures with a hash. */
export function fitsDigest(key: KeyObject, digest: SecurityDigest): boolean {
  return longestSalt({ digest, key }) >= 0;
}

function modulusBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

/** A certificate of someone who signs messages. */
export interface SigningCertificate {
  /** The values of the issuer's name and the serial number, as messages name their signer. */
  readonly id: string;
  /** That with the values of one level in other orders: Python's `cryptography` shuffles them, anew in each process. */
  readonly otherIds: readonly string[];
  readonly publicKey: KeyObject;
  /** How many bytes its signatures have. */
  readonly signatureBytes: number;
  /** Until when it is valid; epoch milliseconds. */
  readonly expiresMs: Millis;
  /** Whether a private key is the one that belongs to it. */
  isOfKey(key: KeyObject): boolean;
}

const beginsCertificate = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/**
 * Reads the one certificate of a PEM text.
 * @throws DecodeError for a text with none or several, and for keys that are not RSA
 */
export function parseCertificate(pem: string): SigningCertificate {
  const count = pem.match(beginsCertificate)?.length ?? 0;
  if (count === 0) throw new DecodeError('it holds no certificate in PEM');
  if (count > 1) {
    throw new DecodeError(
      `it holds ${count} certificates, of which Celery reads the first one; give each a file of its own`,
    );
  }
  const certificate = readX509(pem);
  const { publicKey } = certificate;
  const kind = publicKey.asymmetricKeyType;
  if (kind !== 'rsa') throw new DecodeError(`its key is of type '${kind}'; only RSA can sign here`);
  const [id, ...otherIds] = signerIdsOf(certificate.raw);
  return {
    ...{ id, otherIds },
    publicKey,
    signatureBytes: Math.ceil(modulusBits(publicKey) / 8),
    expiresMs: Date.parse(certificate.validTo),
    isOfKey: (key) => certificate.checkPrivateKey(key),
  };
}

function readX509(pem: string): X509Certificate {
  try {
    const certificate = new X509Certificate(pem);
    certificate.publicKey satisfies KeyObject; // it is read here, and may be of a kind that Node does not know
    return certificate;
  } catch (error) {
    throw new DecodeError('its certificate cannot be read', { cause: error });
  }
}

/**
 * The issuer's values in the order in which they are written, and the serial number, with spaces between.
 * Node's own `issuer` is a text for people: it escapes values, and orders those of one level as it likes.
 * Source: `Certificate.get_id` in Celery's `security/certificate.py`.
 */
function signerIdsOf(der: Buffer): readonly [string, ...string[]] {
  const [whole] = derElements(der);
  const [signed] = derElements(whole?.content ?? der);
  const fields = derElements(signed?.content ?? der).filter(({ tag }) => tag !== derTags.version);
  const [serial, , issuer] = fields;
  if (serial?.tag !== derTags.integer || !issuer) {
    throw new DecodeError('its certificate has no serial number or issuer');
  }
  const levels = derElements(issuer.content).map((level) =>
    derElements(level.content)
      .flatMap((attribute) => derElements(attribute.content)[1] ?? [])
      .map(derText),
  );
  const ending = ` ${derInteger(serial)}`;
  const own = `${levels.flat().join(' ')}${ending}`;
  const others = issuersOf(levels).map((values) => `${values.join(' ')}${ending}`);
  return [own, ...others.filter((each) => each !== own)];
}

/** More orders than this are not tried. */
const MOST_ORDERS = 1_000;

/** The values of all levels, with those of each level in every order; none if they are too many. */
function issuersOf(levels: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const counts = levels.map(({ length }) => factorial(length));
  if (counts.reduce((product, count) => product * count, 1) > MOST_ORDERS) return [];
  return levels.reduce<readonly (readonly string[])[]>(
    (starts, level) =>
      starts.flatMap((start) => ordersOf(level).map((order) => [...start, ...order])),
    [[]],
  );
}

function factorial(count: number): number {
  return count <= 1 ? 1 : count * factorial(count - 1);
}

function ordersOf(values: readonly string[]): readonly (readonly string[])[] {
  if (values.length <= 1) return [values];
  return values.flatMap((first, index) =>
    ordersOf(values.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}
