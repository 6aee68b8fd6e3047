import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from './temp.ts';

/** The files of one certificate. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own: gone with its folder when the file is over. */
export interface TestAuthority {
  /** The file of its certificate. */
  readonly ca: string;
  /** Signs a certificate for host names or addresses, such as `DNS:localhost`. */
  sign(name: string, subjects?: readonly string[]): Promise<CertificateFiles>;
}

const ofADay = ['-days', '1'];
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority with openssl. */
export async function makeAuthority(name = 'test authority'): Promise<TestAuthority> {
  const folder = tempDir();
  const at = (file: string): string => join(folder, file);
  const openssl = async (...args: string[]): Promise<void> => {
    await promisify(execFile)('openssl', args, { cwd: folder });
  };
  const own = ['-keyout', at('ca.key'), '-out', at('ca.pem'), ...ofADay];
  await openssl('req', '-x509', ...newKey, ...own, '-subj', `/CN=${name}`);
  return {
    ca: at('ca.pem'),
    async sign(subject, subjects = []) {
      const [cert, key, request] = ['pem', 'key', 'csr'].map((end) => at(`${subject}.${end}`)) as [
        string,
        string,
        string,
      ];
      await openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${subject}`);
      const extensions = at(`${subject}.ext`);
      await writeFile(extensions, subjects.length ? `subjectAltName=${subjects.join(',')}\n` : '');
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', ...ofADay];
      await openssl('x509', '-req', '-in', request, '-out', cert, ...by, '-extfile', extensions);
      return { cert, key };
    },
  };
}
