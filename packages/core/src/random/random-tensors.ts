// Random tensors: numbers are drawn on the host, in the order and with the values of PyTorch's CPU generator, and uploaded.

import { findDevice } from '../device.ts';
import { DTypeError, ValueError } from '../errors.ts';
import type { TensorOptions } from '../creation.ts';
import { fromFloat16Bits, isFloat, type DType, type TypedArray } from '../kernel/index.ts';
import { newTensor } from '../new-tensor.ts';
import { checkShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { defaultGenerator } from './default-generator.ts';
import { drawBernoulliEach } from './draw-bernoulli.ts';
import { drawIntegers, drawPermutation } from './draw-integers.ts';
import { drawMultinomial } from './draw-multinomial.ts';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import type { Generator } from './generator.ts';
import { upload } from './upload.ts';

export interface RandomOptions extends TensorOptions {
  /** Default: the one that `manualSeed` seeds. */
  readonly generator?: Generator;
}

type FloatDType = 'float16' | 'float32' | 'float64';

function floatDType(op: string, dtype: DType): FloatDType {
  if (isFloat(dtype)) return dtype as FloatDType;
  throw new DTypeError(op, `it draws floats, not ${dtype}. Use a float dtype, or randint.`);
}

/** Draws now, and anew each time that a recording replays. */
function made(
  op: string,
  shape: readonly number[],
  dtype: DType,
  { device, requiresGrad = false }: Omit<RandomOptions, 'generator'>,
  draw: (length: number) => TypedArray,
): Tensor {
  checkShape(op, shape);
  const x = newTensor(findDevice(device), dtype, shape);
  upload(x.storage, draw);
  return requiresGrad ? x.requiresGrad_() : x;
}

/** Uniform in [0, 1). torch.rand */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('rand', options.dtype ?? 'float32');
  return made('rand', shape, dtype, options, (n) => drawUniform(generator, dtype, n));
}

/** Normal with mean 0 and variance 1. torch.randn */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('randn', options.dtype ?? 'float32');
  return made('randn', shape, dtype, options, (n) => drawNormal(generator, dtype, n));
}

/** Normal with given mean and standard deviation. torch.normal */
export function normal(mean: number, std: number, shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('normal', options.dtype ?? 'float32');
  return made('normal', shape, dtype, options, (n) => drawNormal(generator, dtype, n, mean, std));
}

/** Integers in [low, high), int32 unless said; `randint(high, shape)` begins at 0. torch.randint */
export function randint(
  low: number,
  high: number | readonly number[],
  shape?: readonly number[] | RandomOptions,
  options: RandomOptions = {},
): Tensor {
  const [from, to, size, rest] = (
    typeof high === 'number' ? [low, high, shape, options] : [0, low, high, shape ?? options]
  ) as [number, number, readonly number[], RandomOptions];
  if (!(from < to))
    throw new ValueError('randint', `there is no integer in [${from}, ${to}). Make low smaller than high.`);
  const { generator = defaultGenerator(), dtype = 'int32' } = rest;
  return made('randint', size, dtype, rest, (n) => drawIntegers(generator, dtype, n, from, to));
}

/** 0 … n − 1 in random order, int32 unless said. torch.randperm */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator(), dtype = 'int32' } = options;
  return made('randperm', [n], dtype, options, () => drawPermutation(generator, dtype, n));
}

const like = (x: Tensor, options: RandomOptions): RandomOptions => ({ dtype: x.dtype, device: x.device, ...options });

/** torch.rand_like */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return rand(x.shape, like(x, options));
}
/** torch.randn_like */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return randn(x.shape, like(x, options));
}
/** torch.randint_like */
export function randintLike(x: Tensor, low: number, high: number, options: RandomOptions = {}): Tensor {
  return randint(low, high, x.shape, like(x, options));
}

const decoded = (x: Tensor): ArrayLike<number> => {
  const data = x.dataSync();
  return x.dtype === 'float16' ? Float32Array.from(data, fromFloat16Bits) : data;
};

/** 1 with the probability that `p` gives for each element, else 0. Reads `p`. torch.bernoulli */
export function bernoulli(p: Tensor, options: { readonly generator?: Generator } = {}): Tensor {
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('bernoulli', p.dtype);
  return made('bernoulli', p.shape, dtype, { device: p.device }, () =>
    drawBernoulliEach(generator, dtype, decoded(p), dtype),
  );
}

/** `numSamples` positions per row of weights, drawn in proportion to them (int32). Reads the weights. torch.multinomial */
export function multinomial(
  weights: Tensor,
  numSamples: number,
  options: { readonly replacement?: boolean; readonly generator?: Generator } = {},
): Tensor {
  const { generator = defaultGenerator(), replacement = false } = options;
  const categories = weights.shape[weights.shape.length - 1] ?? 0;
  const dtype = floatDType('multinomial', weights.dtype);
  const shape = [...weights.shape.slice(0, -1), numSamples];
  return made('multinomial', shape, 'int32', { device: weights.device }, () =>
    drawMultinomial(generator, dtype, decoded(weights), categories, numSamples, { replacement }),
  );
}
