import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import { stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { runCli, startWorker } from '../support/worker.ts';

const entry = new URL('../../dist/index.js', import.meta.url).href;
const password = 'canary 1';
const signs = { taskSerializer: 'auth', acceptContent: ['auth'] } as const;

/** A module for -A whose app signs; `setUp` is what it does after the app is made. */
function moduleOf(setUp: string, settings: object = {}): string {
  const path = join(tempDir(), 'tasks.js');
  writeFileSync(join(path, '../package.json'), '{ "type": "module" }');
  writeFileSync(
    path,
    `import { Celery } from '${entry}';
     export const app = new Celery('signed', ${JSON.stringify({ ...signs, ...settings })});
     ${setUp}
     app.task(function add(a, b) { return a + b; });`,
  );
  return path;
}

/** What openssl makes when it is asked for a key with a password, in the form of today or in that of old. */
function lockedKey(form: 'pkcs8' | 'traditional') {
  const folder = tempDir();
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const [key, cert, securityCertStore] = ['key', 'cert.pem', 'trusted'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const own = ['-newkey', 'rsa:2048', '-keyout', key, '-passout', `pass:${password}`];
  openssl('req', '-x509', ...own, '-out', cert, '-days', '2', '-subj', '/CN=shop');
  if (form === 'traditional') {
    const old = ['-aes256', '-traditional', '-in', key, '-out', `${key}.old`];
    openssl('rsa', ...old, '-passin', `pass:${password}`, '-passout', `pass:${password}`);
  }
  mkdirSync(securityCertStore);
  writeFileSync(join(securityCertStore, 'shop.pem'), readFileSync(cert));
  const securityKey = form === 'traditional' ? `${key}.old` : key;
  return { securityKey, securityCertificate: cert, securityCertStore };
}

test('a worker that reads only signed messages, and cannot check them, says so and stops', async () => {
  // before it asks any broker: nobody is there
  const env = { CELERY_BROKER_URL: 'redis://127.0.0.1:1', CELERY_RESULT_BACKEND: undefined };
  const worker = runCli(['-A', moduleOf(''), 'worker'], env);

  const { code } = await worker.exited;

  expect(worker.stderr).toMatch(
    /^error: 'acceptContent' has 'auth', and nobody called app\.setupSecurity\(\): .*; call it where the app is made .*\n$/,
  );
  expect([code, worker.stdout]).toEqual([2, '']);
});

test.each(['pkcs8', 'traditional'] as const)(
  "openssl's key with a password opens with it, which no command shows (%s)",
  async (form) => {
    const url = await stores.sqlite();
    const files = lockedKey(form);
    const module = moduleOf('app.setupSecurity();', files);
    const env = { CELERIAC_SECURITY_KEY_PASSWORD: password };
    const client = new Celery('client', {
      ...{ broker: url, backend: url, ...signs, ...files, securityKeyPassword: password },
    });
    onFileEnd(() => client.close());
    client.setupSecurity();

    await startWorker({ brokerUrl: url, module, env, args: ['-c', '1'] });
    const sum = await client.sendTask('signed.add', [2, 3]);

    await expect(sum.get({ timeout: 20 })).resolves.toBe(5);
    for (const command of [['config'], ['config', '--json'], ['report'], ['report', '--json']]) {
      const said = runCli(['-A', module, ...command], env);
      expect((await said.exited).code).toBe(0);
      expect(said.stdout).toMatch(/securityKeyPassword\W.*\*\*\*/s);
      expect(said.stdout).toContain(files.securityKey);
      expect(said.lines.join('\n')).not.toContain('canary');
    }
  },
);

test('with a wrong password nothing starts, and the password is not told', async () => {
  const files = lockedKey('pkcs8');
  const module = moduleOf('app.setupSecurity();', files);
  const worker = runCli(['-A', module, 'worker'], { CELERIAC_SECURITY_KEY_PASSWORD: 'canary 2' });

  const { code } = await worker.exited;

  expect(code).toBe(1);
  expect(worker.stderr).toContain(
    `the password does not open the private key in '${files.securityKey}'; check 'securityKeyPassword'`,
  );
  expect(worker.lines.join('\n')).not.toContain('canary');
});
