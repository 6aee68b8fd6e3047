import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ConfigError, summaryOf } from '../../errors.ts';
import { parseCertificate, type SigningCertificate } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';

/** The private key in a file. @throws ConfigError that names the file, and shows nothing of what is in it */
export function readPrivateKey(path: string, password: string | Uint8Array | null): KeyObject {
  const pem = readPem(path, 'key', 'securityKey');
  const key = openKey(pem, path, password);
  if (key.asymmetricKeyType === 'rsa') return key;
  throw new ConfigError(
    `the key in '${path}' is of type '${key.asymmetricKeyType}'; only RSA keys can sign messages`,
  );
}

function openKey(pem: string, path: string, password: string | Uint8Array | null): KeyObject {
  const passphrase =
    password === null || typeof password === 'string' ? password : Buffer.from(password);
  try {
    return createPrivateKey({ key: pem, ...(passphrase === null ? {} : { passphrase }) });
  } catch {
    // the library's own error says less, and nobody knows what it may show
    throw new ConfigError(keyProblem(pem, path, password !== null));
  }
}

const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function keyProblem(pem: string, path: string, hasPassword: boolean): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return `'${path}' holds no private key in PEM; name one in 'securityKey'`;
  }
  if (!encrypted.test(pem)) return `the private key in '${path}' cannot be read; is it whole?`;
  return hasPassword
    ? `the password does not open the private key in '${path}'; check 'securityKeyPassword'`
    : `the private key in '${path}' is encrypted; give its password as 'securityKeyPassword'`;
}

/** The certificate in a file. @throws ConfigError that names the file, also for one whose time is over */
export function readCertificate(
  path: string,
  { setting, nowMs }: { readonly setting: string; readonly nowMs: Millis },
): SigningCertificate {
  const pem = readPem(path, 'certificate', setting);
  let certificate: SigningCertificate;
  try {
    certificate = parseCertificate(pem);
  } catch (error) {
    const reason = `'${path}' of '${setting}' cannot be used: ${summaryOf(error)}`;
    throw new ConfigError(reason, { cause: error });
  }
  if (certificate.expiresMs > nowMs) return certificate;
  const when = new Date(certificate.expiresMs).toISOString();
  throw new ConfigError(
    `the certificate '${certificate.id}' in '${path}' of '${setting}' expired at ${when}; replace or remove it`,
  );
}

function readPem(path: string, what: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `the ${what} '${path}' of '${setting}' cannot be read: ${summaryOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * The certificates of a folder, or of the files that a glob pattern fits, by every id that messages may call them.
 * Files whose name begins with a dot are passed over, as Python's `glob` does.
 * @throws ConfigError that names the file that cannot be used
 */
export function readCertificates(
  store: string,
  nowMs: Millis,
): ReadonlyMap<string, SigningCertificate> {
  const paths = pathsIn(store);
  if (paths.length === 0) {
    throw new ConfigError(
      `'securityCertStore' is '${store}', where no file is; name a folder with the certificates that are trusted, or a glob pattern`,
    );
  }
  const certificates = new Map<string, SigningCertificate>();
  const files = new Map<string, string>();
  for (const path of paths) {
    const certificate = readCertificate(path, { setting: 'securityCertStore', nowMs });
    const other = files.get(certificate.id);
    if (other !== undefined) {
      throw new ConfigError(
        `'${other}' and '${path}' of 'securityCertStore' both have the certificate '${certificate.id}'; remove one`,
      );
    }
    files.set(certificate.id, path);
    for (const id of [certificate.id, ...certificate.otherIds]) certificates.set(id, certificate);
  }
  return certificates;
}

function pathsIn(store: string): readonly string[] {
  const isFolder = statSync(store, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const { escapePath, globSync } = createRequire(import.meta.url)(
    'tinyglobby',
  ) as typeof import('tinyglobby');
  const pattern = isFolder ? join(escapePath(store), '*') : store;
  // folders in it too: what is no certificate is to be seen
  return globSync(pattern, { expandDirectories: false, onlyFiles: false, absolute: true }).sort();
}
