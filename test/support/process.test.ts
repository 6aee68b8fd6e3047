import { expect, test } from 'vitest';
import { startProgram } from './process.ts';

const node = (source: string, env = {}) => startProgram(process.execPath, ['-e', source], { env });

test('a program is read line by line and its ending is known', async () => {
  const program = node(`console.log('one'); console.error('two'); process.stdout.write('three');
    process.exitCode = 4`);

  const ending = await program.exited;

  expect(ending).toEqual({ code: 4, signal: null });
  expect(program.stdout).toBe('one\nthree');
  expect(program.stderr).toBe('two\n');
  expect([...program.lines].sort()).toEqual(['one', 'three', 'two']);
});

test('waitForLine finds a line that came before, or only what comes from a line on', async () => {
  const program = node(`console.log('tick 1'); process.stdin.once('data', () => {
    console.log('tick 2'); process.exit() })`);
  const [first] = await program.waitForLine(/tick \d/, 5000);
  const from = program.lines.length;

  program.writeLine('go on');
  const [second] = await program.waitForLine(/tick \d/, 5000, from);

  expect([first, second]).toEqual(['tick 1', 'tick 2']);
});

test('waitForLine rejects with the output when the program ends without the line', async () => {
  const program = node(`console.log('something else')`);

  await expect(program.waitForLine(/ready/, 5000)).rejects.toThrow(
    /^ended without a line like \/ready\/ of .*\nit printed:\nsomething else$/,
  );
});

test('waitForLine rejects when its deadline passes', async () => {
  const program = node('setInterval(() => {}, 1000)');

  await expect(program.waitForLine(/ready/, 50)).rejects.toThrow(
    /^waited 50 ms for a line like \/ready\/ .*\n\(it printed nothing\)$/,
  );
});

test('stop ends a program that is frozen and one that has ended', async () => {
  const program = node(`console.log('up'); setInterval(() => {}, 1000)`);
  await program.waitForLine(/up/, 5000);
  program.kill('SIGSTOP');

  await program.stop();
  await program.stop();

  expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(() => process.kill(program.pid, 0)).toThrow('ESRCH');
});

test('env adds to ours, and undefined takes away', async () => {
  process.env.SUPPORT_TEST = 'ours';
  const program = node('console.log(process.env.SUPPORT_TEST, process.env.ADDED)', {
    SUPPORT_TEST: undefined,
    ADDED: 'yes',
  });

  await program.exited;

  expect(program.stdout).toBe('undefined yes\n');
});

test('a command that does not exist rejects and says so', async () => {
  const program = startProgram('no-such-command', []);

  await expect(program.exited).rejects.toThrow('ENOENT');
  await expect(program.waitForLine(/ready/, 1000)).rejects.toThrow('ended without');
  expect(() => program.pid).toThrow("'no-such-command' could not be started");
});
