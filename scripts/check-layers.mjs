import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclesIn } from './cycles.mjs';

/** The map of src: a folder imports only from rows above its own. CONTRIBUTING.md says what each is. */
const ROWS = [
  ['util', 'errors.ts'],
  ['protocol'],
  ['schedules', 'drivers'],
  ['config', 'transports'],
  ['backends', 'events', 'control', 'pool'],
  ['results'],
  ['canvas'],
  ['app'],
  ['worker', 'beat', 'flower'],
  ['testing'],
  ['cli'],
];
/** Folders that have no face of their own: each folder in them is one to the others. */
const COLLECTIONS = new Set(['drivers']);
/** Folders whose own folders are brokers or stores, named by `registry.ts` alone. */
const WITH_REGISTRY = new Set(['transports', 'backends']);
const PUBLIC_FACE = 'index.ts';

/**
 * Checks the import direction of everything in `rootDir/src`, types and tests included.
 * @returns one line per offence, `src/file.ts:line: what is wrong and what holds instead`.
 */
export function checkLayers(rootDir) {
  const files = sourceFiles(join(rootDir, 'src')).map((path) => readSource(rootDir, path));
  const offences = files.flatMap((file) => [
    ...ownOffences(file),
    ...importOffences(file, rootDir),
  ]);
  offences.push(...cycleOffences(files));
  return offences
    .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
    .map(({ path, line, text }) => `src/${path}:${line}: ${text}`);
}

/** A source file with its imports: `specifier` as written, `target` the path in src if it is there. */
function readSource(rootDir, path) {
  const { parse } = createRequire(import.meta.url)('@babel/parser');
  const text = readFileSync(join(rootDir, 'src', path), 'utf8');
  const file = { path, ...placeOf(path), imports: [], logicAt: [], problem: undefined };
  try {
    const { body } = parse(text, { sourceType: 'module', plugins: ['typescript'] }).program;
    file.imports = importsIn(body).map((found) => ({ ...found, target: targetOf(path, found) }));
    file.logicAt = body.filter((node) => !isReexport(node)).map((node) => node.loc.start.line);
  } catch (error) {
    file.problem = { line: error.loc?.line ?? 1, text: `cannot be parsed: ${error.message}` };
  }
  return file;
}

/** Where a file belongs: its folder (as others see it) and its row; row -1 is a place not on the map. */
function placeOf(path) {
  const [top, second, ...rest] = path.replace(/\.test\.ts$/, '.ts').split('/');
  if (top === PUBLIC_FACE) return { folder: PUBLIC_FACE, row: ROWS.length };
  const isFolder = second !== undefined;
  const row = isFolder || top === 'errors.ts' ? ROWS.findIndex((names) => names.includes(top)) : -1;
  const isCollected = COLLECTIONS.has(top) && rest.length > 0;
  return { folder: isCollected ? `${top}/${second}` : top, row };
}

/** What is wrong with a file by itself. */
function ownOffences({ path, folder, row, problem, logicAt }) {
  const offences = [];
  if (problem) offences.push({ path, ...problem });
  if (row === -1) {
    const text = `'${folder}' is not on the map of src; see CONTRIBUTING.md for the folders there are`;
    offences.push({ path, line: 1, text });
  }
  if (posix.basename(path) === 'index.ts' && logicAt.length > 0) {
    offences.push({
      path,
      line: logicAt[0],
      text: 'an index.ts only re-exports; it holds no logic',
    });
  }
  return offences;
}

function importOffences(file, rootDir) {
  const offences = [];
  for (const found of file.imports) {
    const text = offenceOf(file, found, rootDir);
    if (text) offences.push({ path: file.path, line: found.line, text });
  }
  return offences;
}

/** @returns the sentence about an import that breaks a rule, undefined for one that keeps them all. */
function offenceOf(file, { specifier, target, isDynamic }, rootDir) {
  if (/^celeriac(\/|$)/.test(specifier)) {
    return `imports '${specifier}', the package itself; import the file that is meant`;
  }
  if (target === undefined) return undefined;
  if (target.startsWith('../')) {
    const isTest = file.path.endsWith('.test.ts');
    return isTest ? undefined : `imports '${specifier}' outside src, which is not in the package`;
  }
  if (!target.endsWith('.ts') || !existsSync(join(rootDir, 'src', target))) {
    return `imports '${specifier}', which is no file; a relative import names one and ends in .ts`;
  }
  const to = placeOf(target);
  if (target === PUBLIC_FACE) return 'imports src/index.ts, which is for users of the package only';
  return file.folder === to.folder
    ? inFolderOffence(file, target, isDynamic)
    : acrossOffence(file, target, to);
}

function inFolderOffence(file, target, isDynamic) {
  const isOwnFace =
    posix.basename(target) === 'index.ts' &&
    `${posix.dirname(file.path)}/`.startsWith(`${posix.dirname(target)}/`);
  if (isOwnFace) return `imports its own folder's index.ts; import the file that is meant`;
  if (!WITH_REGISTRY.has(file.folder)) return undefined;
  const [, concrete, deeper] = target.split('/');
  const isConcrete = deeper !== undefined && !file.path.startsWith(`${file.folder}/${concrete}/`);
  if (!isConcrete || (isDynamic && file.path === `${file.folder}/registry.ts`)) return undefined;
  return `names ${file.folder}/${concrete}; only ${file.folder}/registry.ts does, with import()`;
}

function acrossOffence(file, target, to) {
  if (to.folder === 'cli') return 'imports cli; nothing imports cli';
  if (to.row === -1) return `imports ${to.folder}, which is not on the map of src`;
  if (to.row >= file.row && file.row !== -1) {
    const rows = `${file.folder} (row ${file.row}) imports ${to.folder} (row ${to.row})`;
    return `${rows}; a folder imports only from rows with a smaller number`;
  }
  if (target === to.folder || target === `${to.folder}/index.ts`) return undefined;
  return `imports ${target}, deeper than ${to.folder}/index.ts, which is that folder's face`;
}

function cycleOffences(files) {
  const edges = new Map(
    files.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]),
  );
  return cyclesIn(edges).map((cycle) => {
    const [path, next] = cycle;
    const { imports } = files.find((file) => file.path === path);
    const { line } = imports.find(({ target }) => target === next);
    return { path, line, text: `is part of a cycle: ${cycle.join(' -> ')}` };
  });
}

/** Every import, export-from, `import()` and import type in a syntax tree. */
function importsIn(node, found = []) {
  if (Array.isArray(node)) {
    for (const child of node) importsIn(child, found);
    return found;
  }
  if (node === null || typeof node?.type !== 'string') return found;
  const specifier = specifierOf(node);
  if (specifier !== undefined) {
    const isDynamic = node.type === 'CallExpression' || node.type === 'TSImportType';
    found.push({ specifier, line: node.loc.start.line, isDynamic });
  }
  for (const child of Object.values(node)) {
    if (child !== null && typeof child === 'object') importsIn(child, found);
  }
  return found;
}

function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return node.source?.value;
    case 'TSImportType':
      return node.argument.value;
    case 'TSExternalModuleReference':
      return node.expression.value;
    case 'CallExpression':
      return node.callee.type === 'Import' ? textOf(node.arguments[0]) : undefined;
  }
}

/** The text of a literal; undefined for what is only known at run time, such as a user's module. */
function textOf(node) {
  if (node?.type === 'TemplateLiteral' && node.quasis.length === 1) {
    return node.quasis[0].value.cooked;
  }
  return node?.type === 'StringLiteral' ? node.value : undefined;
}

/** @returns the imported path from src on, `../…` for one outside it, undefined for a package. */
function targetOf(path, { specifier }) {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

function isReexport(node) {
  return (
    node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source)
  );
}

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const offences = checkLayers(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const offence of offences) console.error(offence);
  if (offences.length > 0) process.exitCode = 1;
}
