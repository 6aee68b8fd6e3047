import { expect, test, vi } from 'vitest';
import { aHost, anApp, recordedIo } from '../../test/support/cli.ts';
import { BrokerUnavailableError, ConfigError } from '../errors.ts';
import type { AnyCommand, Command, CommandContext } from './command.ts';
import { type Host, runCli } from './program.ts';

interface EchoFlags {
  readonly first: string;
  readonly second: string;
  readonly names: readonly string[];
  readonly count: number | undefined;
  readonly kind: string | undefined;
  readonly force: boolean;
}

/** A command with one of everything, that does as the test says. */
function echo(run: (context: CommandContext<EchoFlags>) => void = () => {}): Command<EchoFlags> {
  return {
    name: 'echo',
    summary: 'Say it again.',
    options: {
      first: { type: 'operand', help: 'one' },
      second: { type: 'operand', help: 'two' },
      names: { type: 'string', short: 'Q', multiple: true, help: 'names' },
      count: { type: 'number', short: 'c', min: 1, isInteger: true, help: 'count' },
      kind: { type: 'string', choices: ['big', 'small'], unsupported: ['huge'], help: 'kind' },
      force: { type: 'boolean', short: 'f', help: 'force' },
    },
    run: async (context) => {
      run(context);
      return 0;
    },
  };
}

async function runEcho(line: string, parts: Partial<Host> = {}, command: AnyCommand = echo()) {
  const io = recordedIo();
  const code = await runCli(line.split(' ').filter(Boolean), aHost(io, parts), [command]);
  return { code, out: io.printed.join('\n'), err: io.problems.join('\n') };
}

test('a command gets its options by their types, and the global ones beside them', async () => {
  const seen: CommandContext<EchoFlags>[] = [];
  const command = echo((context) => seen.push(context));

  const line = '-A tut2.ts echo a b -Q x,y -Q z -c 3 --kind BIG -f --quiet';
  const { code } = await runEcho(line, {}, command);

  expect(code).toBe(0);
  expect(seen[0]).toMatchObject({ module: 'tut2.ts', isQuiet: true });
  expect(seen[0]?.options).toEqual({
    ...{ first: 'a', second: 'b', names: ['x', 'y', 'z'], count: 3, kind: 'big', force: true },
  });
});

test('what is not given is empty, false or undefined', async () => {
  const seen: CommandContext<EchoFlags>[] = [];

  await runEcho(
    'echo a b',
    {},
    echo((context) => seen.push(context)),
  );

  expect(seen[0]).toMatchObject({ module: undefined, isQuiet: false });
  expect(seen[0]?.options).toEqual({
    ...{ first: 'a', second: 'b', names: [], count: undefined, kind: undefined, force: false },
  });
});

test.each([
  ['ehco a b', "unknown command 'ehco'", 'Did you mean echo?'],
  ['echo a b --focre', "unknown option '--focre'", 'Did you mean --force?'],
  ['echo a', "missing required argument 'second'", ''],
  ['echo a b c', 'too many arguments', ''],
  ['echo a b -c', 'argument missing', ''],
  ['echo a b -c many', 'It must be a whole number from 1', "'many'"],
  ['echo a b -c 0', 'It must be a whole number from 1', ''],
  ['echo a b -c 1.5', 'It must be a whole number from 1', ''],
  ['echo a b --kind huge', 'this version not yet', 'It must be one of big, small'],
  ['echo a b -Q x,', 'A name in it is empty', ''],
  ['', 'Usage: celeriac', ''],
])("'%s' is wrong usage", async (line, problem, hint) => {
  const { code, out, err } = await runEcho(line);

  expect(code).toBe(2);
  expect(err).toContain(problem);
  expect(err).toContain(hint);
  expect(out).toBe('');
});

test('--help lists the commands, and for a command its options', async () => {
  const all = await runEcho('--help');
  const one = await runEcho('echo --help');

  expect([all.code, one.code]).toEqual([0, 0]);
  expect(all.out).toContain('Say it again.');
  expect(one.out).toMatch(/--kind <kind>\s+kind \(big, small\)/);
});

test('--version prints the version alone', async () => {
  const { code, out } = await runEcho('--version');

  expect(code).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+$/);
});

test('a command that needs an app says so', async () => {
  const { code, err } = await runEcho('echo a b', {}, { ...echo(), needsApp: true });

  expect(code).toBe(2);
  expect(err).toContain("'echo' needs -A, the module with your tasks");
});

test.each([
  [new BrokerUnavailableError('redis://host', 'refused'), 1],
  [new ConfigError('invalid settings'), 2],
])('%s is one line for people', async (error, expected) => {
  const command = echo(() => {
    throw error;
  });

  const { code, err } = await runEcho('echo a b', {}, command);

  expect(code).toBe(expected);
  expect(err).toBe(`error: ${error.message}`);
});

test('an error that nobody foresaw is shown with its stack', async () => {
  const command = echo(() => {
    throw new TypeError('a bug');
  });

  const { code, err } = await runEcho('echo a b', {}, command);

  expect(code).toBe(1);
  expect(err).toMatch(/^TypeError: a bug\n {4}at /);
});

test('apps are closed whatever happens', async () => {
  const close = vi.fn(async () => {});
  const openApps = async () => [anApp({ close })] as const;
  const failing = echo(() => {
    throw new TypeError('a bug');
  });

  await runEcho('echo a b', { openApps });
  await runEcho('echo a b', { openApps }, failing);

  expect(close).toHaveBeenCalledTimes(2);
});

test('--no-color reaches the output', async () => {
  const openIo = vi.fn(() => recordedIo());

  await runEcho('--no-color echo a b', { openIo });
  await runEcho('echo a b', { openIo });

  expect(new Set(openIo.mock.calls.slice(0, 2).flat())).toEqual(new Set([false]));
  expect(openIo.mock.calls.at(-1)).toEqual([true]);
});

test('settings are given with --set, as often as wanted, before the command or after its name', async () => {
  const seen: unknown[] = [];
  const openApps: Host['openApps'] = async (flags) => {
    seen.push(flags.set, flags.config);
    return [anApp()];
  };

  await runEcho('--set a=1,2 echo a b --set b=3 --config c.ts', { openApps });

  expect(seen).toEqual([['a=1,2', 'b=3'], 'c.ts']);
});

test('a command may take any number of words', async () => {
  const seen: unknown[] = [];
  const words: Command<{ words: readonly string[] }> = {
    name: 'words',
    summary: 'Take words.',
    options: { words: { type: 'operands', help: 'words' } },
    run: async ({ options }) => {
      seen.push(options.words);
      return 0;
    },
  };

  await runEcho('words a b', {}, words);
  await runEcho('words', {}, words);

  expect(seen).toEqual([['a', 'b'], []]);
});

test("a flag of Celery's that is not supported yet is refused as such, and not shown", async () => {
  const command = { ...echo(), unsupported: ['--time-limit'] };

  const { code, err } = await runEcho('echo a b --time-limit 3', {}, command);
  const help = await runEcho('echo --help', {}, command);

  expect(code).toBe(2);
  expect(err).toContain('Celery has it, this version not yet.');
  expect(help.out).not.toContain('time-limit');
});
