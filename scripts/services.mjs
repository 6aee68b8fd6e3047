import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { main, runStep, StepError } from './steps.mjs';

/** The interpreter that Debian's python3-celery belongs to, whatever else is on PATH. */
const PYTHON = '/usr/bin/python3';

/** @returns the path of redis-server, installed if need be. */
export async function installedRedis() {
  if (!findRedis()) await install('redis-server', ['redis-server']);
  return redisBinary();
}

/** @returns the path of redis-server: `REDIS_BIN` or the first on PATH. Throws if there is none. */
export function redisBinary() {
  const path = findRedis();
  if (!path) throw new StepError(missing('redis-server', ['redis-server']));
  return path;
}

/** Python's Celery with its Redis client, and what Kombu needs for each serializer and compression. */
const CELERY_PACKAGES = [
  ...['python3-celery', 'python3-redis', 'python3-yaml', 'python3-msgpack'],
  ...['python3-brotli', 'python3-zstandard'],
];

/** Python's Celery with all of them, installed if need be. */
export async function pythonCelery() {
  if (!(await findCelery())) await install("Python's Celery", CELERY_PACKAGES);
  const version = await findCelery();
  if (!version) throw new StepError(`${PYTHON} cannot import all of ${celeryModules}`);
  return { python: PYTHON, version };
}

/** What there is of each service, as lines for people. Installs nothing. */
export async function describeServices() {
  const redis = findRedis();
  const celery = await findCelery();
  return [
    process.env.REDIS_URL ? 'REDIS_URL        given, serves the demo with --broker redis' : '',
    `redis-server     ${redis ? `${await redisVersion(redis)} ${redis}` : missing('', ['redis-server'])}`,
    `Python's Celery  ${celery ? `${celery} ${PYTHON}` : missing('', CELERY_PACKAGES)}`,
  ].filter(Boolean);
}

/** @returns the version that a redis-server says it has. */
export async function redisVersion(binary) {
  const { stdout } = await promisify(execFile)(binary, ['--version']);
  return /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

function findRedis() {
  return process.env.REDIS_BIN || findOnPath('redis-server');
}

const celeryModules = 'celery, redis, yaml, msgpack, brotli, zstandard';

async function findCelery() {
  const source = `import ${celeryModules}; print(celery.__version__)`;
  const check = promisify(execFile)(PYTHON, ['-c', source]);
  return check.then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/** Installs Debian packages where that is allowed; elsewhere says what to run. */
async function install(what, packages) {
  const mayInstall = process.getuid?.() === 0 && findOnPath('apt-get');
  if (!mayInstall) throw new StepError(missing(what, packages));
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runStep('apt-get update', 'apt-get', ['update'], { env });
  await runStep(`install ${packages[0]}`, 'apt-get', ['install', '-y', ...packages], { env });
}

function missing(what, packages) {
  const command = `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
  return `${what} missing; install it with: ${command}`.trimStart();
}

function findOnPath(name) {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return candidates.find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    for (const line of await describeServices()) console.log(line);
  });
}
