#!/usr/bin/env node
import { program } from './program.ts';

// Whoever read our lines has enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await program().parseAsync();
