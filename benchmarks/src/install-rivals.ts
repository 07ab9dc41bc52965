// Rivals are installed on demand and beside the workspace: together they weigh more than everything else we install.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Installs benchmarks/rivals from its own lockfile. Throws RangeError if that fails. */
export function installRivals(): void {
  const cwd = join(import.meta.dirname, '..', 'rivals');
  const { status } = spawnSync('pnpm', ['install', '--ignore-workspace', '--frozen-lockfile', '--ignore-scripts'], {
    cwd,
    stdio: 'inherit',
    shell: process.platform === 'win32', // pnpm is a .cmd file there
  });
  if (status !== 0)
    throw new RangeError(`installing ${cwd} failed, see above. Run \`npm start\` or \`npm test\` once before.`);
}
