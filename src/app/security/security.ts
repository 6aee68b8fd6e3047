import { resolve } from 'node:path';
import { type Settings, securitySettings } from '../../config/index.ts';
import { ConfigError } from '../../errors.ts';
import {
  authSerializer,
  fitsDigest,
  getSerializer,
  isAuth,
  isSerializer,
  type SecurityDigest,
  type Serializer,
  type SigningCertificate,
  strangeSerializer,
} from '../../protocol/index.ts';
import { type Clock, createLogger, nearest, systemClock } from '../../util/index.ts';
import type { App } from '../app.ts';
import { readingOf } from '../run/job-facts.ts';
import { runtime } from '../runtime.ts';
import type { AppSecurity } from './app-security.ts';
import { readCertificate, readCertificates, readPrivateKey } from './pem-files.ts';

/** What `setupSecurity` takes; what is not given is as the settings `security…` say. */
export interface SecurityOptions {
  /** Which serializers may have written what is inside a signed body, besides `serializer`. */
  readonly allowedSerializers?: readonly string[] | undefined;
  /** The PEM file of the private RSA key. */
  readonly key?: string | undefined;
  /** What opens it, if it is encrypted. */
  readonly keyPassword?: string | Uint8Array | undefined;
  /** The PEM file of the key's certificate. */
  readonly cert?: string | undefined;
  /** A folder, or a glob pattern, of PEM files: the certificates that are trusted. */
  readonly store?: string | undefined;
  readonly digest?: SecurityDigest | undefined;
  /** Writes what is signed; 'json' if not given. */
  readonly serializer?: string | undefined;
}

type SecuritySettings = Pick<
  Settings,
  | 'taskSerializer'
  | 'acceptContent'
  | 'securityKey'
  | 'securityKeyPassword'
  | 'securityCertificate'
  | 'securityCertStore'
  | 'securityDigest'
  | 'securityEnvelope'
>;

/**
 * Reads keys and certificates. Source: `setup_security` in Celery's `security/__init__.py`.
 * @param clock - says which certificates are over; in a worker's executors those are that were so when the worker began.
 * @throws ConfigError
 */
export function openSecurity(
  options: SecurityOptions,
  settings: SecuritySettings,
  clock: Clock = systemClock,
): AppSecurity {
  checkNames(options);
  checkContents(settings);
  const { key: keyPath, cert, store } = pathsOf(options, settings);
  const password = given('keyPassword', options) ?? settings.securityKeyPassword;
  const digest = given('digest', options) ?? settings.securityDigest;
  // or a worker whose executors are replaced would come to a stand
  const nowMs = runtime().startedMs ?? clock.now();
  const key = readPrivateKey(keyPath, password);
  const certificate = readCertificate(cert, { setting: 'securityCertificate', nowMs });
  if (!certificate.isOfKey(key)) {
    throw new ConfigError(
      `the certificate in '${cert}' is not that of the key in '${keyPath}'; nobody could check what it signs`,
    );
  }
  const trusted = readCertificates(store, nowMs);
  for (const each of [certificate, ...trusted.values()]) checkLength(each, digest);
  const serializer = readerOf('serializer', options.serializer ?? 'json');
  const allowed = (options.allowedSerializers ?? []).map((each) =>
    readerOf('allowedSerializers', each),
  );
  const readers = [...new Set([serializer, ...allowed])];
  const { securityEnvelope: envelope } = settings;
  const auth = authSerializer({
    ...{ key, certificate, trusted, digest, envelope, serializer, readers },
    now: () => clock.now(),
    onExpired: warnOfExpiry,
  });
  const names = readers.map(({ name }) => name);
  const identity = [certificate.id, resolve(store), digest, envelope, ...names].join('\n');
  return { auth, accepted: [auth], identity };
}

const rowOf = {
  key: 'securityKey',
  keyPassword: 'securityKeyPassword',
  cert: 'securityCertificate',
  store: 'securityCertStore',
  digest: 'securityDigest',
} as const;

const optionNames = [...Object.keys(rowOf), 'allowedSerializers', 'serializer'];

function checkNames(options: SecurityOptions): void {
  const strange = Object.keys(options).find((name) => !optionNames.includes(name));
  if (strange === undefined) return;
  const near = nearest(strange, optionNames);
  const hint = near ? `did you mean '${near}'?` : `there are ${optionNames.join(', ')}`;
  throw new ConfigError(`setupSecurity() has no option '${strange}'; ${hint}`);
}

/** An option, held to the same rules as the setting it stands for. */
function given<Name extends keyof typeof rowOf>(
  name: Name,
  options: SecurityOptions,
): SecurityOptions[Name] {
  const value = options[name];
  if (value === undefined) return undefined;
  const row = securitySettings[rowOf[name]];
  const parsed = row.parse(value);
  if (parsed.ok) return value;
  throw new ConfigError(
    `option '${name}' of setupSecurity() ${parsed.problem ?? `must be ${row.expects}`}`,
  );
}

function checkContents({ taskSerializer, acceptContent }: SecuritySettings): void {
  const problems = [
    ...(isAuth(taskSerializer)
      ? []
      : [`taskSerializer: 'auth' (it is '${taskSerializer}'), so that messages are signed`]),
    ...(acceptContent.length > 0 && acceptContent.every(isAuth)
      ? []
      : [
          `acceptContent: ['auth'] (it is '${acceptContent.join("', '")}'), as signing has no point where unsigned messages are read, too`,
        ]),
  ];
  if (problems.length === 0) return;
  throw new ConfigError(
    `setupSecurity() needs other settings:\n  - ${problems.join('\n  - ')}\ngive them to new Celery()`,
  );
}

function pathsOf(
  options: SecurityOptions,
  settings: SecuritySettings,
): Readonly<Record<'key' | 'cert' | 'store', string>> {
  const found = {
    key: given('key', options) ?? settings.securityKey,
    cert: given('cert', options) ?? settings.securityCertificate,
    store: given('store', options) ?? settings.securityCertStore,
  };
  const { key, cert, store } = found;
  if (key && cert && store) return { key, cert, store };
  const missing = (['key', 'cert', 'store'] as const).filter((name) => !found[name]);
  const texts = missing.map((name) => `'${name}' (or the setting '${rowOf[name]}')`);
  throw new ConfigError(`setupSecurity() needs ${texts.join(', ')}: paths of PEM files`);
}

function checkLength({ id, publicKey }: SigningCertificate, digest: SecurityDigest): void {
  if (fitsDigest(publicKey, digest)) return;
  throw new ConfigError(
    `the key of certificate '${id}' is too short for 'securityDigest' ${digest}; make one of 2048 bits or more`,
  );
}

function readerOf(option: string, name: string): Serializer {
  if (typeof name === 'string' && isSerializer(name) && !isAuth(name)) return getSerializer(name);
  const problem = isAuth(name)
    ? "cannot be 'auth', which signs what another one has written"
    : `cannot be so: ${strangeSerializer(String(name))}`;
  throw new ConfigError(`option '${option}' of setupSecurity() ${problem}`);
}

/** As in Celery, time is asked for when certificates are loaded: to stop in the middle of the night helps nobody. */
function warnOfExpiry({ id, expiresMs }: SigningCertificate): void {
  const logger = runtime().logger ?? createLogger({ level: 'WARNING' });
  const when = new Date(expiresMs).toISOString();
  logger.warning(
    `the certificate '${id}' expired at ${when} and is still used; programs that start from now on refuse it, replace it`,
  );
}

/**
 * What is the matter with apps that one worker is to serve: one that reads signed messages without certificates to
 * check them with, or several with keys of their own, as its main thread sends what follows a task with those of the first.
 * @throws ConfigError
 */
export function checkSecurity(apps: readonly Pick<App, 'name' | 'settings' | 'security'>[]): void {
  for (const app of apps) readingOf({ app });
  const [first] = apps;
  const other = apps.find(({ security }) => security?.identity !== first?.security?.identity);
  if (!first || !other) return;
  throw new ConfigError(
    `apps '${first.name}' and '${other.name}' of one module do not sign with the same key, certificates and options; start a worker for each, with -A module.ts:name`,
  );
}
