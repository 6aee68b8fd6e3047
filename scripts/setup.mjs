import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, runStep } from './steps.mjs';

/** The repository's root folder. */
export const rootDir = fileURLToPath(new URL('..', import.meta.url));

/** Runs `npm ci` when node_modules is missing or is not that of the lockfile. */
export async function ensureInstalled(root = rootDir) {
  if (isInstalled(root)) return;
  await runStep('npm ci', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root });
  writeFileSync(installStamp(root), lockfileHash(root));
}

/** Compiles src into dist when dist is older. What src no longer has leaves dist too. */
export async function ensureBuilt(root = rootDir) {
  if (isBuilt(root)) return;
  const startedAt = new Date();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules/.bin/tsc');
  await runStep('build', compiler, ['-p', 'tsconfig.build.json'], { cwd: root });
  chmodSync(join(root, 'dist/cli/main.js'), 0o755);
  // dated at the start: what was edited meanwhile is built next time
  writeFileSync(buildStamp(root), '');
  utimesSync(buildStamp(root), startedAt, startedAt);
}

/** @returns whether node_modules was installed from the lockfile as it is now. */
export function isInstalled(root) {
  const npmsOwnRecord = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(npmsOwnRecord)) return false;
  if (existsSync(installStamp(root))) {
    return readFileSync(installStamp(root), 'utf8') === lockfileHash(root);
  }
  // installed by hand, before any of our scripts ran
  if (changedAt(npmsOwnRecord) < changedAt(join(root, 'package-lock.json'))) return false;
  writeFileSync(installStamp(root), lockfileHash(root));
  return true;
}

/** @returns whether nothing that dist is made of changed since it was built. */
export function isBuilt(root) {
  const stamp = buildStamp(root);
  if (!existsSync(stamp) || !existsSync(join(root, 'dist/cli/main.js'))) return false;
  const builtAt = changedAt(stamp);
  const inputs = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];
  return (
    inputs.every((name) => changedAt(join(root, name)) < builtAt) &&
    newestIn(join(root, 'src')) < builtAt
  );
}

/** The newest change in a folder; its folders count, as only they tell of a deleted file. */
function newestIn(folder) {
  let newest = changedAt(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestIn(path));
    else if (!entry.name.endsWith('.test.ts')) newest = Math.max(newest, changedAt(path));
  }
  return newest;
}

function changedAt(path) {
  return statSync(path).mtimeMs;
}

function lockfileHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function installStamp(root) {
  return join(root, 'node_modules/.celeriac-installed');
}

function buildStamp(root) {
  return join(root, 'node_modules/.celeriac-built');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensureInstalled();
    await ensureBuilt();
  });
}
