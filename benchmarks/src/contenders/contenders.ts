// Who takes part. Each is a program that answers the commands of serve.ts.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Workload } from '../workloads/workload.ts';
import type { Launch } from './contender-process.ts';
import { findPython } from './find-python.ts';

export interface ContenderEntry {
  readonly name: string;
  readonly title: string;
  /** How it is started, or why it cannot be. */
  launch(threads: number): Launch | string;
  /** What it takes part in unless it is asked for by name. Default: everything. */
  readonly joins?: (workload: Workload) => boolean;
}

const folder = join(import.meta.dirname, '..', '..');

/** Holds every library that we know of to the same number of threads. */
const threadLimits = (threads: number): Record<string, string> =>
  Object.fromEntries(
    ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'].map((name) => [name, String(threads)]),
  );

function rushlight(name: string, title: string, backend: string): ContenderEntry {
  const server = join(folder, 'src', 'rushlight', 'server.ts');
  return {
    name,
    title,
    launch: (threads) => ({
      command: process.execPath,
      args: ['--conditions=@rushlight/source', server, backend, String(threads)],
    }),
  };
}

function rival(name: string, title: string, script: string, args: readonly string[] = []): ContenderEntry {
  return {
    name,
    title,
    launch: (threads) =>
      existsSync(join(folder, 'rivals', 'node_modules'))
        ? { command: process.execPath, args: [join(folder, 'rivals', script), ...args, String(threads)] }
        : 'not installed: `pnpm bench --install`',
  };
}

function torch(name: string, title: string, env: Record<string, string>): ContenderEntry {
  return {
    name,
    title,
    launch: (threads) => {
      const python = findPython();
      if (!python) return 'no python3 imports torch: install PyTorch, or name a python in BENCH_PYTHON';
      const args = [join(folder, 'rivals', 'torch_server.py'), String(threads)];
      return { command: python, args, env: { ...threadLimits(threads), ...env } };
    },
  };
}

const gigabyte = String(2 ** 30);

/** PyTorch first: others are compared with the first that runs. */
export const contenders: readonly ContenderEntry[] = [
  torch('torch', 'PyTorch', {}),
  {
    ...torch('torch-malloc', 'PyTorch, malloc keeps its memory', {
      MALLOC_TOP_PAD_: gigabyte,
      MALLOC_TRIM_THRESHOLD_: String(2 ** 32),
      MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
    }),
    joins: ({ group, kind }) => group === 'kernels' && kind !== 'matmul',
  },
  rushlight('rushlight-cpu', 'Rushlight cpu', 'cpu'),
  rushlight('rushlight-wasm', 'Rushlight wasm', 'wasm'),
  rushlight('rushlight-wasm-revectorize', 'Rushlight wasm, revectorize', 'wasm+revectorize'),
  rival('tfjs-wasm', 'tfjs wasm', 'tfjs.mjs', ['wasm']),
  rival('tfjs-cpu', 'tfjs cpu', 'tfjs.mjs', ['cpu']),
  rival('jax-js', 'jax-js', 'jax.mjs'),
  rival('js-pytorch', 'js-pytorch', 'js-pytorch.mjs'),
  { ...rival('onnx-node', 'onnxruntime-node', 'onnx.mjs', ['node']), joins: ({ kind }) => kind === 'matmul' },
  { ...rival('onnx-web', 'onnxruntime-web', 'onnx.mjs', ['web']), joins: ({ kind }) => kind === 'matmul' },
];

/** The contenders that any of the words names or begins: `rushlight`, `tfjs-wasm`. Throws for a word that means none. */
export function selectContenders(words: readonly string[]): readonly ContenderEntry[] {
  const means = (word: string, { name }: ContenderEntry): boolean => name === word || name.startsWith(`${word}-`);
  for (const word of words) {
    if (contenders.some((contender) => means(word, contender))) continue;
    throw new RangeError(
      `there is no contender "${word}". Use some of: ${contenders.map(({ name }) => name).join(', ')}.`,
    );
  }
  if (words.length === 0) return contenders;
  return contenders
    .filter((contender) => words.some((word) => means(word, contender)))
    .map(({ joins, ...contender }) => ({
      ...contender,
      ...(joins && !words.includes(contender.name) ? { joins } : {}),
    }));
}
