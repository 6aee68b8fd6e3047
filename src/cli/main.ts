#!/usr/bin/env node
import { runCli } from './program.ts';
import { processSignals, terminalIo } from './terminal.ts';

// Whoever read our output, such as `head`, has gone: nothing is wrong, and nobody is left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const code = await runCli(process.argv.slice(2), {
  env: process.env,
  chdir: (folder) => process.chdir(folder),
  signals: processSignals(process),
  openIo: (allowColor) => terminalIo(process, allowColor && !process.env.NO_COLOR),
});
// What a pipe has not taken yet would be cut off by the exit.
await Promise.all(
  [process.stdout, process.stderr].map(
    (stream) => new Promise((resolve) => stream.write('', resolve)),
  ),
);
// A user's module may have opened what would keep the process alive.
process.exit(code);
