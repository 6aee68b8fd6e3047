import {
  type SecurityDigest,
  type SecurityEnvelope,
  securityDigests,
} from '../../protocol/index.ts';
import { custom, oneOf, optional, type Setting } from '../kinds.ts';

/** The path of a file or folder. What is none may be the secret itself, so it is never shown. */
function path(what: string, help: string): Setting<string> {
  return custom<string>({
    default: '',
    help,
    expects: `the path of ${what}`,
    parse(value) {
      const isPath = typeof value === 'string' && value !== '' && !/[\n\0]/.test(value);
      if (isPath) return { ok: true, value };
      return { ok: false, problem: `must be the path of ${what}, and no text of PEM` };
    },
    fromText: (given) => given,
  });
}

/** A text or bytes that are never shown. */
function secret(help: string): Setting<string | Uint8Array> {
  return custom<string | Uint8Array>({
    default: '',
    help,
    expects: 'a text or bytes',
    parse(value) {
      const isSecret = (typeof value === 'string' && value !== '') || value instanceof Uint8Array;
      return isSecret ? { ok: true, value } : { ok: false, problem: 'must be a text or bytes' };
    },
    fromText: (given) => given,
  });
}

/** What signed messages are made and checked with, once `app.setupSecurity()` was called. */
export const securitySettings = {
  securityKey: optional(path('a file', 'The PEM file of the private RSA key that signs messages.')),
  securityKeyPassword: optional(secret('What opens that file, if it is encrypted.')),
  securityCertificate: optional(path('a file', 'The PEM file of the certificate of that key.')),
  securityCertStore: optional(
    path(
      'a folder',
      'A folder, or a glob pattern, of PEM files: the certificates that are trusted.',
    ),
  ),
  securityDigest: oneOf<SecurityDigest>(
    'sha256',
    securityDigests,
    'The hash under signatures; the same in all programs.',
  ),
  securityEnvelope: oneOf<SecurityEnvelope>(
    'base64',
    ['base64', 'raw'],
    "How signed bodies are written: 'raw' for Python's Celery before 5.5; both are read.",
  ),
} satisfies Record<string, Setting<unknown>>;
