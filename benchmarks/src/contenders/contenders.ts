// Who takes part. Each is a program that answers the commands of serve.ts.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Workload } from '../workloads/workload.ts';
import type { Launch } from './contender-process.ts';
import { findAdapter, findCuda } from './find-gpu.ts';
import { findPython } from './find-python.ts';

export interface LaunchOptions {
  readonly threads: number;
  /** Whether an adapter of WebGPU may be a program on the CPU. */
  readonly software: boolean;
}

export interface ContenderEntry {
  readonly name: string;
  readonly title: string;
  /** How it is started, or why it cannot be. */
  launch(options: LaunchOptions): Launch | string;
  /** Whether it computes on a GPU: it takes part with `--gpu`, or named in full. */
  readonly gpu?: boolean;
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
    launch: ({ threads }) => ({
      command: process.execPath,
      args: ['--conditions=@rushlight/source', server, backend, String(threads)],
    }),
  };
}

function onGpu(entry: ContenderEntry): ContenderEntry {
  return {
    ...entry,
    gpu: true,
    launch(options) {
      const adapter = findAdapter(options.software);
      if ('name' in adapter) return entry.launch(options);
      return options.software ? adapter.why : `${adapter.why} (--software takes one that is a program on the CPU)`;
    },
    joins: ({ kind }) => kind !== 'registers',
  };
}

function rival(name: string, title: string, script: string, args: readonly string[] = []): ContenderEntry {
  return {
    name,
    title,
    launch: ({ threads }) =>
      existsSync(join(folder, 'rivals', 'node_modules'))
        ? { command: process.execPath, args: [join(folder, 'rivals', script), ...args, String(threads)] }
        : 'not installed: `pnpm bench --install`',
  };
}

function torch(name: string, title: string, env: Record<string, string>, device = 'cpu'): ContenderEntry {
  return {
    name,
    title,
    launch: ({ threads }) => {
      const python = findPython();
      if (!python) return 'no python3 imports torch: install PyTorch, or name a python in BENCH_PYTHON';
      const args = [join(folder, 'rivals', 'torch_server.py'), String(threads), device];
      return { command: python, args, env: { ...threadLimits(threads), ...env } };
    },
  };
}

function cuda(entry: ContenderEntry): ContenderEntry {
  return {
    ...entry,
    gpu: true,
    launch(options) {
      const card = findCuda();
      return 'name' in card ? entry.launch(options) : card.why;
    },
    joins: ({ kind }) => kind !== 'registers' && kind !== 'registers-gpu',
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
  cuda(torch('torch-cuda', 'PyTorch CUDA', {}, 'cuda')),
  rushlight('rushlight-cpu', 'Rushlight cpu', 'cpu'),
  rushlight('rushlight-wasm', 'Rushlight wasm', 'wasm'),
  rushlight('rushlight-wasm-revectorize', 'Rushlight wasm, revectorize', 'wasm+revectorize'),
  onGpu(rushlight('rushlight-webgpu', 'Rushlight webgpu', 'webgpu')),
  rival('tfjs-wasm', 'tfjs wasm', 'tfjs.mjs', ['wasm']),
  rival('tfjs-cpu', 'tfjs cpu', 'tfjs.mjs', ['cpu']),
  rival('jax-js', 'jax-js', 'jax.mjs'),
  rival('js-pytorch', 'js-pytorch', 'js-pytorch.mjs'),
  { ...rival('onnx-node', 'onnxruntime-node', 'onnx.mjs', ['node']), joins: ({ kind }) => kind === 'matmul' },
  { ...rival('onnx-web', 'onnxruntime-web', 'onnx.mjs', ['web']), joins: ({ kind }) => kind === 'matmul' },
];

/**
 * The contenders that any of the words names or begins: `rushlight`, `tfjs-wasm`. Beginnings, and no words, mean those on GPUs with `gpu`,
 * and without it the others. Throws for a word that means none.
 */
export function selectContenders(words: readonly string[], { gpu = false } = {}): readonly ContenderEntry[] {
  const usual = contenders.filter((contender) => (contender.gpu ?? false) === gpu);
  const means = (word: string, contender: ContenderEntry): boolean =>
    contender.name === word || (usual.includes(contender) && contender.name.startsWith(`${word}-`));
  for (const word of words) {
    if (contenders.some((contender) => means(word, contender))) continue;
    throw new RangeError(
      `there is no contender "${word}"${gpu ? ' on a GPU' : ''}. Use some of: ${contenders.map(({ name }) => name).join(', ')}.`,
    );
  }
  if (words.length === 0) return usual;
  return contenders
    .filter((contender) => words.some((word) => means(word, contender)))
    .map(({ joins, ...contender }) => ({
      ...contender,
      ...(joins && !words.includes(contender.name) ? { joins } : {}),
    }));
}
