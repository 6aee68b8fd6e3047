import { DecodeError } from '../../errors.ts';
import { utf8Text } from '../serializers.ts';

/**
 * How the parts of a signed body are joined: 'base64' from Celery 5.5 on, 'raw' up to 5.4. Neither side of that line
 * reads the other's; both are read here.
 */
export type SecurityEnvelope = 'base64' | 'raw';

/** A signed body, taken apart. Texts of bytes have a character per byte. */
export interface SignedBody {
  readonly signerId: string;
  readonly signature: Buffer;
  /** Of the body inside. Nothing protects these two. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: string;
}

const separator = '\0\x01';

/** Writes a signed body as the text that travels. Source: `SecureSerializer._pack` in Celery's `security/serialization.py`. */
export function packSigned(
  { signerId, signature, contentType, contentEncoding, body }: SignedBody,
  envelope: SecurityEnvelope,
): string {
  const id = Buffer.from(signerId, 'utf8');
  const text = envelope === 'raw' ? 'latin1' : 'base64';
  const parts = [id.toString(text), signature.toString(text), contentType, contentEncoding, body];
  return btoa(parts.join(separator));
}

/**
 * Takes a signed body apart, whichever way it is joined.
 * @param signatureBytes - how long the signatures of a signer are; throws for one that is not known
 * @throws DecodeError for what is no signed body
 */
export function unpackSigned(
  text: string,
  signatureBytes: (signerId: string) => number,
): SignedBody {
  const bytes = fromBase64(text, 'it is no signed body: not base64');
  const idEnd = bytes.indexOf(separator);
  if (idEnd < 0) throw notSigned();
  const first = bytes.slice(0, idEnd);
  const signatureStart = idEnd + separator.length;
  // a signer's id has a space before the serial number, and base64 has none
  const isRaw = first.includes(' ');
  const signerId = utf8Text(isRaw ? first : fromBase64(first, NOT_SIGNED));
  const signatureEnd = isRaw
    ? signatureStart + signatureBytes(signerId)
    : bytes.indexOf(separator, signatureStart);
  if (signatureEnd < 0 || !bytes.startsWith(separator, signatureEnd)) throw notSigned();
  const signature = bytes.slice(signatureStart, signatureEnd);
  const rest = bytes.slice(signatureEnd + separator.length);
  const typeEnd = rest.indexOf(separator);
  const encodingStart = typeEnd + separator.length;
  const encodingEnd = rest.indexOf(separator, encodingStart);
  if (typeEnd < 0 || encodingEnd < 0) throw notSigned();
  return {
    signerId,
    signature: Buffer.from(isRaw ? signature : fromBase64(signature, NOT_SIGNED), 'latin1'),
    contentType: rest.slice(0, typeEnd),
    contentEncoding: rest.slice(encodingStart, encodingEnd),
    body: rest.slice(encodingEnd + separator.length),
  };
}

const NOT_SIGNED = 'it is no signed body: its parts are missing';

function notSigned(): DecodeError {
  return new DecodeError(NOT_SIGNED);
}

function fromBase64(text: string, problem: string): string {
  try {
    return atob(text);
  } catch (error) {
    throw new DecodeError(problem, { cause: error });
  }
}
