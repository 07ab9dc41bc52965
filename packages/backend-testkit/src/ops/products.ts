// Matrix products, convolutions and pooling.

import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  addmm,
  addmv,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  baddbmm,
  bmm,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  dot,
  linear,
  matmul,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  mm,
  mv,
  outer,
} from '@rushlight/core';
import type { ConvOptions, ConvTransposeOptions, Tensor } from '@rushlight/core';
import { numbers } from './inputs.ts';
import { floats, numeric, type OpCase } from './op-case.ts';

type Shape = readonly number[];

const products = { matmul, mm, bmm, mv, dot, outer };
const sums = { addmm, baddbmm, addmv };
const convolutions = { conv1d, conv2d, conv3d };
const transposed = { convTranspose1d, convTranspose2d, convTranspose3d };

const product = (op: keyof typeof products, a: Shape, b: Shape): OpCase => ({
  op,
  inputs: [numbers(a), numbers(b)],
  run: (x, y) => products[op](x, y),
  dtypes: numeric,
});

/** beta·x + alpha·(a @ b), with its options and without. */
const sum = (op: keyof typeof sums, x: Shape, a: Shape, b: Shape): OpCase => ({
  op,
  inputs: [numbers(x), numbers(a), numbers(b)],
  run: (y, m, n) => [sums[op](y, m, n), sums[op](y, m, n, { beta: 0.5, alpha: 2 }), sums[op](y, m, n, { beta: 0 })],
});

const affine = (x: Shape, weight: Shape, bias?: Shape): OpCase => ({
  op: 'linear',
  inputs: [numbers(x), numbers(weight), ...(bias ? [numbers(bias)] : [])],
  run: (input, w, b) => linear(input, w, b ? { bias: b } : {}),
});

const conv = (
  op: keyof typeof convolutions,
  x: Shape,
  weight: Shape,
  options: ConvOptions = {},
  bias?: number,
): OpCase => ({
  op,
  inputs: [numbers(x), numbers(weight), ...(bias === undefined ? [] : [numbers([bias])])],
  run: (input, w, b) => convolutions[op](input, w, { ...options, ...(b && { bias: b }) }),
});

const convTranspose = (
  op: keyof typeof transposed,
  x: Shape,
  weight: Shape,
  options: ConvTransposeOptions = {},
  bias?: number,
): OpCase => ({
  op,
  inputs: [numbers(x), numbers(weight), ...(bias === undefined ? [] : [numbers([bias])])],
  run: (input, w, b) => transposed[op](input, w, { ...options, ...(b && { bias: b }) }),
});

const pool = (op: string, shape: Shape, run: (x: Tensor) => Tensor | readonly Tensor[]): OpCase => ({
  op,
  inputs: [numbers(shape)],
  run: (x) => run(x),
  dtypes: floats,
});

export const productCases: readonly OpCase[] = [
  product('matmul', [2, 3], [3, 4]),
  product('matmul', [3], [3]),
  product('matmul', [3], [3, 2]),
  product('matmul', [2, 3], [3]),
  product('matmul', [2, 2, 3], [3, 2]),
  product('matmul', [2, 1, 2, 3], [3, 3, 2]),
  product('matmul', [2, 0], [0, 3]),
  product('matmul', [0, 2], [2, 3]),
  product('matmul', [1, 1], [1, 1]),
  { ...product('matmul', [7, 65], [65, 9]), dtypes: ['float64', 'float32'] },
  { ...product('matmul', [17, 33], [33, 18]), dtypes: ['float64', 'float32'] },
  product('mm', [2, 3], [3, 2]),
  product('bmm', [2, 2, 3], [2, 3, 2]),
  product('mv', [2, 3], [3]),
  product('dot', [5], [5]),
  product('outer', [2], [3]),
  sum('addmm', [2, 2], [2, 3], [3, 2]),
  sum('addmm', [2], [2, 3], [3, 2]),
  sum('baddbmm', [2, 2, 2], [2, 2, 3], [2, 3, 2]),
  sum('addmv', [2], [2, 3], [3]),
  affine([2, 3], [4, 3], [4]),
  affine([2, 2, 3], [4, 3], [4]),
  affine([3], [4, 3], [4]),
  affine([2, 3], [4, 3]),
  affine([2, 3], [3]),
  affine([0, 3], [4, 3], [4]),

  conv('conv1d', [2, 2, 7], [3, 2, 3], { padding: 1 }, 3),
  conv('conv1d', [2, 9], [4, 1, 2], { stride: 2, dilation: 3, groups: 2 }),
  conv('conv1d', [1, 1, 5], [1, 1, 2], { padding: 'same' }),
  conv('conv2d', [2, 2, 4, 5], [2, 2, 3, 2], { padding: [1, 0] }, 2),
  conv('conv2d', [1, 2, 3, 4], [2, 2, 2, 2], { padding: [1, 0] }, 2),
  conv('conv2d', [1, 2, 5, 5], [4, 1, 2, 2], { stride: [2, 1], dilation: [1, 2], groups: 2 }, 4),
  conv('conv2d', [1, 1, 3, 3], [2, 1, 1, 1]),
  conv('conv2d', [0, 1, 3, 3], [2, 1, 2, 2]),
  conv('conv3d', [1, 1, 3, 3, 4], [2, 1, 2, 2, 2], { padding: [1, 0, 0], stride: [2, 1, 2] }, 2),
  convTranspose('convTranspose1d', [2, 2, 4], [2, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }, 3),
  convTranspose('convTranspose2d', [1, 2, 3, 2], [2, 2, 2, 3], { stride: [1, 2], padding: [0, 1] }, 2),
  convTranspose('convTranspose2d', [1, 4, 2, 2], [4, 1, 2, 2], { groups: 2, dilation: 2 }),
  convTranspose('convTranspose3d', [1, 1, 2, 2, 2], [1, 2, 2, 1, 2], { stride: 2 }),

  pool('maxPool1d', [2, 2, 7], (x) => [maxPool1d(x, 3), maxPool1d(x, 2, { stride: 1, padding: 1, ceilMode: true }), ...(maxPool1d(x, 3, { stride: 2, dilation: 2, returnIndices: true }))]),
  pool('maxPool2d', [1, 2, 5, 4], (x) => [maxPool2d(x, 2), maxPool2d(x, [3, 2], { stride: [2, 1], padding: [1, 0] }), ...(maxPool2d(x, 2, { returnIndices: true }))]),
  pool('maxPool3d', [1, 3, 3, 4], (x) => [maxPool3d(x, 2, { stride: 1 }), maxPool3d(x, [1, 2, 3])]),
  pool('avgPool1d', [2, 2, 7], (x) => [avgPool1d(x, 3), avgPool1d(x, 2, { stride: 1, padding: 1, ceilMode: true })]),
  pool('avgPool2d', [1, 2, 5, 4], (x) => [avgPool2d(x, 2), avgPool2d(x, [3, 2], { stride: [2, 1], padding: [1, 0], countIncludePad: false }), avgPool2d(x, 2, { divisorOverride: 3 })]),
  pool('avgPool3d', [1, 3, 3, 4], (x) => [avgPool3d(x, 2, { stride: 1 }), avgPool3d(x, [1, 2, 3])]),
  pool('adaptiveAvgPool1d', [2, 2, 7], (x) => [adaptiveAvgPool1d(x, 3), adaptiveAvgPool1d(x, 1)]),
  pool('adaptiveAvgPool2d', [1, 2, 5, 4], (x) => [adaptiveAvgPool2d(x, [2, 3]), adaptiveAvgPool2d(x, 1)]),
  pool('adaptiveAvgPool3d', [1, 2, 3, 4], (x) => adaptiveAvgPool3d(x, [1, 2, 3])),
  pool('adaptiveMaxPool1d', [2, 2, 7], (x) => [adaptiveMaxPool1d(x, 3), adaptiveMaxPool1d(x, 1)]),
  pool('adaptiveMaxPool2d', [1, 2, 5, 4], (x) => [adaptiveMaxPool2d(x, [2, 3]), ...(adaptiveMaxPool2d(x, 2, { returnIndices: true }))]),
  pool('adaptiveMaxPool3d', [1, 2, 3, 4], (x) => adaptiveMaxPool3d(x, [1, 2, 3])),
]; // prettier-ignore
