import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningProgram, startProgram } from './process.ts';
import { tempDir } from './temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = '/usr/bin/python3';

/** A folder of a user's, with this package installed as npm would. */
export class Project {
  readonly folder = tempDir();

  /** @param files - text by name; folders in names are made. */
  constructor(files: ReadonlyMap<string, string>) {
    const bin = join(this.folder, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(root, join(this.folder, 'node_modules/celeriac'));
    symlinkSync(join(root, 'dist/cli/main.js'), join(bin, 'celeriac'));
    for (const name of ['jiti', 'vitest', 'tsc'])
      symlinkSync(join(root, 'node_modules/.bin', name), join(bin, name));
    this.write('package.json', '{ "type": "module", "dependencies": { "celeriac": "*" } }');
    for (const [name, text] of files) this.write(name, text);
  }

  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** A package of this repository's own that the project uses too. */
  link(name: string): void {
    const path = join(this.folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), path);
  }

  /** Checks the TypeScript files as a user's editor would. @returns the compiler's complaints, '' if there are none. */
  async compile(names: readonly string[]): Promise<string> {
    // biome-ignore format: a command line
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'preserve', '--skipLibCheck',
      '--allowImportingTsExtensions', '--moduleDetection', 'force', '--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
    const compiler = join(root, 'node_modules/.bin/tsc');
    const compiling = startProgram(compiler, [...options, ...names], { cwd: this.folder });
    const { code } = await compiling.exited;
    return code === 0
      ? compiling.stdout
      : `${compiling.stdout}${compiling.stderr} (exit code ${code})`;
  }

  /** Runs a command as it stands in a page, without npx, so that signals reach the program itself. */
  run(command: string, env: NodeJS.ProcessEnv): RunningProgram {
    const [first = '', ...args] = wordsOf(command);
    if (first === 'celery') return this.start(python, ['-m', 'celery', ...args], env);
    if (first === 'python') return this.start(python, args, env);
    if (first !== 'npx') return this.start(first, args, env);
    const [program = '', ...others] = args;
    return this.start(join(this.folder, 'node_modules/.bin', program), others, env);
  }

  /** Starts a program in the folder. */
  start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): RunningProgram {
    return startProgram(program, args, { cwd: this.folder, env });
  }
}

/** What a program printed once it has ended well. @throws with all that it printed if it ended otherwise */
export async function outputOf(program: RunningProgram): Promise<string[]> {
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`it ended with ${code}:\n${program.lines.join('\n')}`);
  return program.stdout.trimEnd().split('\n');
}

/** Stops a worker as its operator would. @returns its exit code */
export async function stopped(worker: RunningProgram): Promise<number | null> {
  worker.kill('SIGTERM');
  return (await worker.exited).code;
}

/** The words of a shell's line, with its quotes taken off. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}
