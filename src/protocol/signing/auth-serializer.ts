import type { KeyObject } from 'node:crypto';
import { DecodeError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import type { Serializer } from '../serializers.ts';
import { excerpt } from '../values.ts';
import {
  isSignatureOf,
  type SecurityDigest,
  type SigningCertificate,
  signBytes,
} from './certificate.ts';
import { packSigned, type SecurityEnvelope, type SignedBody, unpackSigned } from './signed-body.ts';

/** What messages are signed and checked with. */
export interface AuthParts {
  /** Private, RSA; the one of `certificate`. */
  readonly key: KeyObject;
  readonly certificate: SigningCertificate;
  /** Whose messages are read, by their ids. */
  readonly trusted: ReadonlyMap<string, SigningCertificate>;
  readonly digest: SecurityDigest;
  readonly envelope: SecurityEnvelope;
  /** Writes what is signed. */
  readonly serializer: Serializer;
  /** All that may read it. What a signed body says of its own type is not signed. */
  readonly readers: readonly Serializer[];
  readonly now: () => Millis;
  /** Called once for each certificate that is used although its time is over. */
  readonly onExpired: (certificate: SigningCertificate) => void;
}

/** The serializer `auth` of one app. Source: `SecureSerializer` in Celery's `security/serialization.py`. */
export function authSerializer(parts: AuthParts): Serializer {
  const expired = new Set<string>();
  const noteExpiry = (certificate: SigningCertificate): void => {
    if (certificate.expiresMs > parts.now() || expired.has(certificate.id)) return;
    expired.add(certificate.id);
    parts.onExpired(certificate);
  };
  return {
    ...{ name: 'auth', contentType: 'application/data', contentEncoding: 'utf-8' },
    encode(values, types, form) {
      const { key, certificate, digest, serializer, envelope } = parts;
      const body = serializer.encode(values, types, form);
      const signature = signBytes(Buffer.from(body, 'latin1'), { digest, key });
      noteExpiry(certificate);
      const { contentType, contentEncoding } = serializer;
      const signerId = certificate.id;
      return packSigned({ signerId, signature, contentType, contentEncoding, body }, envelope);
    },
    decode(text, maxBytes) {
      const signed = unpackSigned(text, (id) => trustedSigner(id, parts).signatureBytes);
      const signer = trustedSigner(signed.signerId, parts);
      checkSignature(signed, signer, parts.digest);
      noteExpiry(signer);
      return readerOf(signed, parts).decode(signed.body, maxBytes);
    },
  };
}

function trustedSigner(id: string, { trusted, certificate }: AuthParts): SigningCertificate {
  const found = trusted.get(id);
  if (found) return found;
  const whose = id === certificate.id ? "this program's own certificate" : 'its certificate';
  throw new DecodeError(
    `its signer '${signerText(id)}' is not trusted; add ${whose} to the folder 'securityCertStore' if it is to be`,
  );
}

function checkSignature(
  { signature, body, signerId }: SignedBody,
  { publicKey: key }: SigningCertificate,
  digest: SecurityDigest,
): void {
  if (isSignatureOf(signature, Buffer.from(body, 'latin1'), { digest, key })) return;
  throw new DecodeError(
    `its signature is not that of signer '${signerText(signerId)}': it was changed on its way, or sender and worker differ in 'securityDigest' (${digest} here)`,
  );
}

function readerOf({ contentType }: SignedBody, { readers }: AuthParts): Serializer {
  const found = readers.find((each) => each.contentType === contentType);
  if (found) return found;
  const names = readers.map(({ name }) => name).join(', ');
  throw new DecodeError(
    `it is signed, but the content type inside is '${excerpt(contentType)}'; allowed is ${names}, see 'allowedSerializers' of setupSecurity()`,
  );
}

/** Longer than other excerpts: names of issuers are long, and the number that tells them apart is at the end. */
function signerText(id: string): string {
  return id.length > 200 ? `${id.slice(0, 150)}…${id.slice(-49)}` : id;
}
