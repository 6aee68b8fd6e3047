import { createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pemTexts, type SigningFiles, signingFiles } from '../../../test/support/keys.ts';
import { ConfigError } from '../../errors.ts';
import { bodyOf, encodeEnvelope, parseCertificate, parseEnvelope } from '../../protocol/index.ts';
import type { Logger } from '../../util/index.ts';
import { Celery } from '../celery.ts';
import type { CeleryOptions } from '../celery-options.ts';
import { runtime, setRuntime } from '../runtime.ts';
import { checkSecurity, openSecurity, type SecurityOptions } from './security.ts';

const signs = { taskSerializer: 'auth', acceptContent: ['auth'] } as const;

function secured(
  files: SigningFiles,
  options: SecurityOptions = {},
  settings: CeleryOptions = signs,
): Celery {
  const app = new Celery('secured', settings);
  const { key, cert, store } = files;
  app.setupSecurity({ key, cert, store, ...options });
  return app;
}

/** What a message of an app is, as it travels, read by another app. */
function read(sender: Celery, reader: Celery): readonly unknown[] {
  const [message] = sender.compose([
    {
      ...{ task: 'secured.pay', id: '1', args: [1, 'é'], kwargs: {}, options: {} },
      ...{ embed: { callbacks: null, errbacks: null, chain: null, chord: null } },
      ...{ group: null, groupIndex: null, rootId: '1', parentId: null, replyTo: '' },
    } as never,
  ]);
  const envelope = message && parseEnvelope(encodeEnvelope(message, 'tag'));
  if (!envelope?.ok) throw new Error('no message');
  return bodyOf(envelope, { accept: reader.security?.accepted }).args;
}

function file(files: SigningFiles, name: string, text: string): string {
  const path = join(files.folder, name);
  writeFileSync(path, text);
  return path;
}

test('messages are signed, in a content type and encoding of their own', () => {
  const app = secured(signingFiles());

  expect(read(app, app)).toEqual([1, 'é']);
  expect(app.security?.auth).toMatchObject({
    ...{ name: 'auth', contentType: 'application/data', contentEncoding: 'utf-8' },
  });
});

test('what the settings say holds where no option does', () => {
  const { key, cert, store } = signingFiles();
  const paths = { securityKey: key, securityCertificate: cert, securityCertStore: store };
  const app = new Celery('secured', { ...signs, ...paths, securityDigest: 'sha384' });
  app.setupSecurity();

  expect(read(app, app)).toEqual([1, 'é']);
  expect(() => read(app, secured(signingFiles()))).toThrow('(sha256 here)');
  expect(read(app, secured(signingFiles(), { digest: 'sha384' }))).toEqual([1, 'é']);
});

test('two apps of one process have keys of their own, and do not read each other', () => {
  const one = secured(signingFiles());
  const two = secured(signingFiles('other', [pemTexts.otherCertificate]));
  const both = secured(signingFiles('other', [pemTexts.otherCertificate, pemTexts.rsaCertificate]));
  const plain = new Celery('plain');

  expect(() => read(one, two)).toThrow("signer 'simple 20' is not trusted");
  expect(() => read(two, one)).toThrow("signer 'other 23' is not trusted");
  expect([read(one, both), read(two, both)]).toEqual([read(one, one), read(two, two)]);
  expect(() => read(plain, one)).toThrow('accepted is auth; it is not signed, its sender must be');
  expect(() => read(one, plain)).toThrow('this app needs setupSecurity()');
});

test("securityEnvelope: 'raw' writes what Celery before 5.5 reads; both are read", () => {
  const files = signingFiles();
  const raw = secured(files, {}, { ...signs, securityEnvelope: 'raw' });
  const base64 = secured(files);
  const joined = (app: Celery) => atob(app.security?.auth.encode({}, 'typed') ?? '').slice(0, 9);

  expect([joined(raw), joined(base64)]).toEqual(['simple 20', btoa('simple 20').slice(0, 9)]);
  expect([read(raw, base64), read(base64, raw)]).toEqual([
    [1, 'é'],
    [1, 'é'],
  ]);
});

test('inside may be what allowedSerializers lists, and by default only what it writes itself', () => {
  const files = signingFiles();
  const json = secured(files);
  const yaml = secured(files, { serializer: 'yaml' });

  expect(() => read(yaml, json)).toThrow("inside is 'application/x-yaml'; allowed is json");
  expect(() => read(json, yaml)).toThrow('allowed is yaml');
  expect(read(yaml, secured(files, { allowedSerializers: ['yaml'] }))).toEqual([1, 'é']);
});

describe('a key with a password', () => {
  const files = signingFiles();
  const key = createPrivateKey(pemTexts.rsaKey);
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'canary' } as const;

  test.each(['pkcs8', 'pkcs1'] as const)('is opened by it (%s)', (type) => {
    const pem = key.export({ format: 'pem', type, ...cipher }).toString();
    const locked = file(files, `${type}.pem`, pem);

    for (const keyPassword of ['canary', Buffer.from('canary')]) {
      expect(secured(files, { key: locked, keyPassword }).security).toBeDefined();
    }
    const password = { ...signs, securityKeyPassword: 'canary' };
    expect(secured(files, { key: locked }, password).security).toBeDefined();
    expect(() => secured(files, { key: locked })).toThrow("give its password as 'securityKey");
    expect(() => secured(files, { key: locked, keyPassword: 'wrong' })).toThrow(
      `the password does not open the private key in '${locked}'`,
    );
  });
});

describe('a file that cannot be used is named', () => {
  const files = signingFiles();
  const folder = join(files.folder, 'folder');
  mkdirSync(folder);

  test.each<[string, SecurityOptions, string]>([
    ['no key', { key: '/nowhere/key.pem' }, "the key '/nowhere/key.pem' of 'securityKey' cannot"],
    ['a folder for a key', { key: folder }, `the key '${folder}' of 'securityKey' cannot be read`],
    ['a certificate for a key', { key: files.cert }, `'${files.cert}' holds no private key`],
    ['a key cut off', { key: file(files, 'cut', pemTexts.rsaKey.slice(0, 300)) }, 'is it whole?'],
    ['a key of another kind', { key: file(files, 'ec', pemTexts.ecKey) }, "of type 'ec'; only RSA"],
    ['no certificate', { cert: '/nowhere/cert.pem' }, "'/nowhere/cert.pem' of 'securityCertif"],
    ['a key for a certificate', { cert: files.key }, 'it holds no certificate in PEM'],
    ['one that is over', { cert: file(files, 'old', pemTexts.expired) }, 'expired at 2021-01-01'],
    ["another's", { cert: file(files, 'o', pemTexts.otherCertificate) }, 'is not that of the key'],
    ['no store', { store: '/nowhere' }, "'securityCertStore' is '/nowhere', where no file is"],
    ['an empty store', { store: folder }, 'where no file is'],
  ])('%s', (_what, options, problem) => {
    const setUp = () => secured(files, options);

    expect(setUp).toThrow(ConfigError);
    expect(setUp).toThrow(problem);
  });
});

describe('a store', () => {
  test.each<[string, string, string]>([
    ['expired', pemTexts.expired, "2.pem' of 'securityCertStore' expired at 2021-01-01T00:00:00"],
    ['not RSA', pemTexts.ecCertificate, "2.pem' of 'securityCertStore' cannot be used: its key is"],
    ['no certificate', 'README', "2.pem' of 'securityCertStore' cannot be used: it holds no cert"],
    ['there twice', pemTexts.rsaCertificate, "both have the certificate 'simple 20'; remove one"],
  ])('with a certificate that is %s is refused', (_what, pem, problem) => {
    const trusted = [pemTexts.rsaCertificate, pemTexts.otherCertificate, pem];

    expect(() => secured(signingFiles('simple', trusted))).toThrow(problem);
  });

  test('may be a pattern, and hidden files are passed over', () => {
    const files = signingFiles();
    file(files, 'trusted/readme.txt', 'not for the store');
    const pattern = join(files.store, '*.pem');
    const hidden = signingFiles();
    file(hidden, 'trusted/.hidden', 'not for the store');

    expect(read(secured(files, { store: pattern }), secured(hidden))).toEqual([1, 'é']);
    expect(() => secured(files)).toThrow("readme.txt' of 'securityCertStore' cannot be used");
  });
});

test('other settings than auth are refused, each with what it is', () => {
  const files = signingFiles();

  expect(() => secured(files, {}, {})).toThrow(
    /taskSerializer: 'auth' \(it is 'json'\).*\n.*acceptContent: \['auth'\] \(it is 'json'\)/,
  );
  expect(() => secured(files, {}, { ...signs, acceptContent: ['auth', 'json'] })).toThrow(
    "(it is 'auth', 'json')",
  );
});

test.each<[object, string]>([
  [{ key: undefined, store: undefined }, "needs 'key' (or the setting 'securityKey'), 'store' (or"],
  [{ digest: 'md5' }, "option 'digest' of setupSecurity() must be 'sha224'"],
  [{ serializer: 'auth' }, "option 'serializer' of setupSecurity() cannot be 'auth'"],
  [{ serializer: 'jsn' }, "did you mean 'json'?"],
  [{ allowedSerializers: ['pickel'] }, "option 'allowedSerializers' of setupSecurity() cannot"],
  [{ certs: 'x' }, "setupSecurity() has no option 'certs'; did you mean 'cert'?"],
])('options that cannot be used are refused: %j', (options, problem) => {
  expect(() => secured(signingFiles(), options)).toThrow(problem);
});

test('a secret is never shown', () => {
  const problems = [{ key: pemTexts.rsaKey }, { keyPassword: 31415926 as never }].map((options) => {
    try {
      return String(secured(signingFiles(), options).name);
    } catch (error) {
      return String(error);
    }
  });

  expect(problems[0]).toContain("option 'key' of setupSecurity() must be the path of a file");
  expect(problems[1]).toContain("option 'keyPassword' of setupSecurity() must be a text or bytes");
  expect(problems.join()).not.toMatch(/31415926|BEGIN/);
});

test('a worker serves only apps that sign and read the same', () => {
  const files = signingFiles();
  const [one, same] = [secured(files), secured(files)];
  const others = [secured(files, { digest: 'sha384' }), new Celery('plain')];

  expect(() => checkSecurity([one, same])).not.toThrow();
  for (const other of others) {
    expect(() => checkSecurity([one, other])).toThrow('start a worker for each');
  }
});

test('a worker does not start for an app that reads signed messages and cannot check them', () => {
  const keyless = new Celery('keyless', signs);

  expect(() => checkSecurity([keyless])).toThrow(ConfigError);
  expect(() => checkSecurity([keyless])).toThrow('nobody called app.setupSecurity()');
});

test('a certificate that expires while the program runs is told of in its log, once, and goes on', () => {
  const before = runtime();
  onTestFinished(() => setRuntime(before));
  const warnings: string[] = [];
  const logger = { warning: (text: string) => void warnings.push(text) } as unknown as Logger;
  setRuntime({ ...before, logger });
  const { key, cert, store } = signingFiles();
  const { expiresMs } = parseCertificate(pemTexts.rsaCertificate);
  let nowMs = expiresMs - 1;
  const settings = new Celery('secured', signs).settings;
  const { auth } = openSecurity({ key, cert, store }, settings, { now: () => nowMs });

  const signed = auth.encode({ number: 1 }, 'typed');
  expect(warnings).toEqual([]);
  nowMs = expiresMs;
  for (let times = 0; times < 2; times++) expect(auth.decode(signed)).toEqual([1]);

  const when = new Date(expiresMs).toISOString();
  expect(warnings).toEqual([
    `the certificate 'simple 20' expired at ${when} and is still used; programs that start from now on refuse it, replace it`,
  ]);
  expect(() => openSecurity({ key, cert, store }, settings, { now: () => nowMs })).toThrow(
    `expired at ${when}; replace or remove it`,
  );
});

test('a certificate that was good when the worker began is good in executors that begin later', () => {
  const before = runtime();
  onTestFinished(() => setRuntime(before));
  const { key, cert, store } = signingFiles();
  const { expiresMs } = parseCertificate(pemTexts.rsaCertificate);
  const settings = new Celery('secured', signs).settings;
  const open = (startedMs: number) => {
    setRuntime({ ...before, startedMs });
    return openSecurity({ key, cert, store }, settings, { now: () => expiresMs + 1 });
  };

  expect(open(expiresMs - 1)).toBeDefined();
  expect(() => open(expiresMs)).toThrow('replace or remove it');
});
