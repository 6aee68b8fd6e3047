import { readFileSync } from 'node:fs';
import type { CeleryVersion } from './vectors.ts';

/** Messages that Python has signed, and with what. */
export interface SignedVectors {
  readonly certificate: string;
  readonly private_key: string;
  readonly cert_id: string;
  readonly vectors: readonly SignedVector[];
}

/** One of them: what it holds, what travels, and its parts as Python sees them. */
export interface SignedVector {
  readonly data?: unknown;
  readonly payload: string;
  readonly unpacked: Readonly<{
    signer: string;
    signature_base64: string;
    content_type: string;
    content_encoding: string;
    body: string;
  }>;
}

/** The captured messages of one Celery that were signed. */
export function readSigned(version: CeleryVersion): SignedVectors {
  const { vectors, ...others } = read<SignedVectors>(`${version}/j_auth.json`);
  return { ...others, vectors: vectors.filter(({ data }) => data !== undefined) };
}

/** Certificates with odd issuers, what Celery calls them in several processes, and keys and certificates for other tests. */
export interface CertificateVectors {
  readonly vectors: readonly Readonly<{ name: string; pem: string; ids: readonly string[] }>[];
  readonly files: Readonly<
    Record<
      | 'rsaKey'
      | 'rsaCertificate'
      | 'otherKey'
      | 'otherCertificate'
      | 'expired'
      | 'ecKey'
      | 'ecCertificate',
      string
    >
  >;
}

/** Made by Python's `cryptography` and by openssl. */
export function readCertificates(): CertificateVectors {
  return read('signer-ids.json');
}

function read<Whole>(path: string): Whole {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Whole;
}
