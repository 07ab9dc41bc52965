#!/usr/bin/env node
import { program } from './program.ts';

// Whoever read our lines has enough, as `head` does: a run is saved first, as on Ctrl-C.
let isClosed = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (process.listenerCount('SIGINT') === 0) process.exit(0);
  if (!isClosed) process.emit('SIGINT');
  isClosed = true;
});

await program().parseAsync();
