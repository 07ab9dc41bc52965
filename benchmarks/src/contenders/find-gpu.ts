// Which GPU there is: for WebGPU, and for CUDA.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findPython } from './find-python.ts';

/** What was found, or why nothing was. */
export type Found = { readonly name: string } | { readonly why: string };

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const adapters = new Map<boolean, Found>();

/** The adapter that the webgpu backend has here; `software`: also one that is a program on the CPU. Looked for once. */
export function findAdapter(software: boolean): Found {
  const known = adapters.get(software);
  if (known) return known;
  const program = join(import.meta.dirname, '..', 'rushlight', 'adapter.ts');
  const args = ['--conditions=@rushlight/source', program, software ? 'any' : 'gpu'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
  const found = readAnswer(stdout, stderr);
  adapters.set(software, found);
  return found;
}

/** What the process that looked for an adapter printed: its answer is the line of JSON. */
export function readAnswer(stdout: string, stderr: string): Found {
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) return { why: `WebGPU could not be asked: ${lastLine(stderr) || 'no answer'}` };
  const { adapter, why } = JSON.parse(line) as { readonly adapter?: string; readonly why?: string };
  return adapter === undefined ? { why: (why ?? 'no adapter').replace(/\.$/, '') } : { name: adapter };
}

const question = 'import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else "")';

let card: Found | undefined;

/** The card that PyTorch computes on, if it has CUDA and there is one. Looked for once. */
export function findCuda(): Found {
  return (card ??= askForCuda());
}

function askForCuda(): Found {
  const python = findPython();
  if (!python) return { why: 'no python3 imports torch: install PyTorch with CUDA, or name a python in BENCH_PYTHON' };
  const { stdout } = spawnSync(python, ['-c', question], { encoding: 'utf8' });
  const name = lastLine(stdout ?? '');
  return name ? { name } : { why: 'PyTorch has no CUDA here (torch.cuda.is_available() is False)' };
}
