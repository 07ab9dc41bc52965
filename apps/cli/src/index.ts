#!/usr/bin/env node
import { exitCodes } from './exit-codes.ts';
import { runCommandLine } from './program.ts';

// Whoever read our lines has enough, as `head` does: a run is saved first, as on Ctrl-C. Where the terminal is gone, SIGHUP comes too.
let isClosed = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isClosed || error.code === 'EIO') return;
  isClosed = true;
  if (error.code !== 'EPIPE') {
    process.stderr.write(`rushlight: the output cannot be written (${error.message}).\n`);
    process.exit(exitCodes.failed);
  }
  if (process.listenerCount('SIGINT') === 0) process.exit(exitCodes.done);
  process.emit('SIGINT', 'SIGINT');
});
process.stderr.on('error', () => undefined);

process.exitCode = await runCommandLine(process.argv.slice(2));
