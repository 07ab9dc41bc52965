// The Python that has PyTorch, if there is one.

import { spawnSync } from 'node:child_process';

const imports = (python: string): boolean =>
  spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;

let found: string | null | undefined;

/** BENCH_PYTHON if it is set, else the first Python that imports torch. Looked for once. */
export function findPython(): string | null {
  const candidates = process.env.BENCH_PYTHON ? [process.env.BENCH_PYTHON] : ['python3', '/usr/bin/python3', 'python'];
  if (found === undefined) found = candidates.find(imports) ?? null;
  return found;
}
