// Single kernels, forward or forward and backward, on arrays that stay the same.

import { gpuRegisterFlops } from '../rushlight/gpu-registers.ts';
import { registerFlops } from '../rushlight/registers.ts';
import type { Workload } from './workload.ts';

type KernelWorkload = Omit<Workload, 'group' | 'checks' | 'tolerance'>;

function matmul(size: number): KernelWorkload {
  return {
    name: `matmul-${size}`,
    title: `[${size}×${size}] · [${size}×${size}]`,
    kind: 'matmul',
    flops: 2 * size ** 3,
    ...(size >= 1024 ? { gpu: size > 2048 ? 'only' : 'too' } : {}),
    arrays: (make) => {
      make.normal('a', [size, size]);
      make.normal('b', [size, size]);
    },
  };
}

const images = 2;

/** A convolution of ResNet-18: output, and the gradients of input and weight. */
function conv(from: number, to: number, size: number, side: number, stride = 1): KernelWorkload {
  const padding = size >> 1;
  const out = Math.floor((side + 2 * padding - size) / stride) + 1;
  return {
    name: `conv-${from}-${to}-${size}x${size}-${side}${stride > 1 ? `-s${stride}` : ''}`,
    title: `conv ${from}→${to}, ${size}×${size}, stride ${stride}, ${images} images of ${side}×${side}, and backward`,
    kind: 'conv',
    settings: { stride, padding },
    flops: 6 * images * out * out * to * from * size * size,
    arrays: (make) => {
      make.normal('x', [images, from, side, side]);
      make.normal('weight', [to, from, size, size], 1 / Math.sqrt(from * size * size));
      make.normal('grad', [images, to, out, out]);
    },
  };
}

function crossEntropy(rows: number, classes: number): KernelWorkload {
  return {
    name: `cross-entropy-${rows}x${classes}`,
    title: `cross-entropy [${rows}×${classes}], and backward`,
    kind: 'cross-entropy',
    arrays: (make) => {
      make.normal('x', [rows, classes], 3);
      make.integers('y', [rows], classes);
    },
  };
}

const kernelWorkloads: readonly KernelWorkload[] = [
  {
    name: 'registers',
    title: 'multiply-adds in registers, 128 bits wide, one thread: what products are measured by',
    kind: 'registers',
    flops: registerFlops,
    arrays: () => {},
  },
  {
    name: 'registers-gpu',
    title: 'multiply-adds in the registers of a GPU: what products are measured by',
    kind: 'registers-gpu',
    flops: gpuRegisterFlops,
    gpu: 'only',
    arrays: () => {},
  },
  ...[32, 64, 128, 256, 512, 1024, 2048, 4096, 8192].map(matmul),
  conv(3, 64, 7, 224, 2),
  conv(64, 64, 3, 56),
  conv(64, 128, 3, 56, 2),
  conv(64, 128, 1, 56, 2),
  conv(128, 128, 3, 28),
  conv(128, 256, 3, 28, 2),
  conv(128, 256, 1, 28, 2),
  conv(256, 256, 3, 14),
  conv(256, 512, 3, 14, 2),
  conv(256, 512, 1, 14, 2),
  conv(512, 512, 3, 7),
  {
    name: 'softmax',
    title: 'softmax [512×1024], and backward',
    kind: 'softmax',
    arrays: (make) => {
      make.normal('x', [512, 1024], 3);
      make.normal('grad', [512, 1024]);
    },
  },
  {
    name: 'layer-norm',
    title: 'layer norm [1024×512] with weight and bias, and backward',
    kind: 'layer-norm',
    arrays: (make) => {
      make.normal('x', [1024, 512], 3);
      make.normal('weight', [512]);
      make.normal('bias', [512]);
      make.normal('grad', [1024, 512]);
    },
  },
  crossEntropy(128, 1000),
  crossEntropy(512, 32000),
  {
    name: 'gelu',
    title: 'gelu (erf) of 1,048,576 elements',
    kind: 'gelu',
    arrays: (make) => make.normal('x', [1024, 1024], 2),
  },
  {
    name: 'adam',
    title: 'Adam over 10 million parameters',
    kind: 'adam',
    optimizer: { name: 'Adam', lr: 1e-3 },
    arrays: (make) => {
      make.normal('param', [10_000_000]);
      make.normal('grad', [10_000_000]);
    },
  },
];

export const kernels: readonly Workload[] = kernelWorkloads.map((workload) => ({
  group: 'kernels',
  checks: workload.kind === 'adam' ? [1, 2, 5] : [1],
  // Rounding was seen to move digests by 2e-6 at most, and after five steps of Adam by 9e-6: tfjs and jax-js compute 1 − βᵗ in float32.
  tolerance: workload.kind === 'adam' ? 1e-4 : 1e-5,
  ...workload,
}));
