import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCertificates } from '../vectors/signing.ts';
import { tempDir } from './temp.ts';

/** The files of one who signs messages, and of those whom he trusts. */
export interface SigningFiles {
  readonly folder: string;
  readonly key: string;
  readonly cert: string;
  readonly store: string;
}

const { files } = readCertificates();

/** The PEM texts of throw-away keys and certificates. */
export const pemTexts: typeof files = files;

/** A folder with a key, its certificate, and a store of certificates; `simple` and `other` are two who sign. */
export function signingFiles(
  who: 'simple' | 'other' = 'simple',
  trusted: readonly string[] = [files.rsaCertificate],
): SigningFiles {
  const folder = tempDir();
  const own = who === 'simple' ? (['rsaKey', 'rsaCertificate'] as const) : othersFiles;
  const [key, cert] = own.map((name) => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, files[name]);
    return path;
  }) as [string, string];
  const store = join(folder, 'trusted');
  mkdirSync(store);
  trusted.forEach((pem, index) => {
    writeFileSync(join(store, `${index}.pem`), pem);
  });
  return { folder, key, cert, store };
}

const othersFiles = ['otherKey', 'otherCertificate'] as const;
