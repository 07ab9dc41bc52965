// Random tensors: numbers are drawn on the host, in the order and with the values of PyTorch's CPU generator, and uploaded.

import { findDevice } from '../device.ts';
import { DTypeError, ValueError } from '../errors.ts';
import { fromHost, type TensorOptions } from '../creation.ts';
import { fromFloat16Bits, isFloat, sizeOf, type DType, type TypedArray } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { defaultGenerator } from './default-generator.ts';
import { drawBernoulliEach } from './draw-bernoulli.ts';
import { drawIntegers, drawPermutation } from './draw-integers.ts';
import { drawMultinomial } from './draw-multinomial.ts';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import type { Generator } from './generator.ts';

export interface RandomOptions extends TensorOptions {
  /** Default: the one that `manualSeed` seeds. */
  readonly generator?: Generator;
}

type FloatDType = 'float16' | 'float32' | 'float64';

function floatDType(op: string, dtype: DType): FloatDType {
  if (isFloat(dtype)) return dtype as FloatDType;
  throw new DTypeError(op, `it draws floats, not ${dtype}. Use a float dtype, or randint.`);
}

function made(
  data: TypedArray,
  dtype: DType,
  shape: readonly number[],
  { device, requiresGrad = false }: RandomOptions,
): Tensor {
  const x = fromHost(data, dtype, shape, findDevice(device));
  return requiresGrad ? x.requiresGrad_() : x;
}

/** Uniform in [0, 1). torch.rand */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('rand', options.dtype ?? 'float32');
  return made(drawUniform(options.generator ?? defaultGenerator(), dtype, sizeOf(shape)), dtype, shape, options);
}

/** Normal with mean 0 and variance 1. torch.randn */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('randn', options.dtype ?? 'float32');
  return made(drawNormal(options.generator ?? defaultGenerator(), dtype, sizeOf(shape)), dtype, shape, options);
}

/** Normal with given mean and standard deviation. torch.normal */
export function normal(mean: number, std: number, shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('normal', options.dtype ?? 'float32');
  return made(
    drawNormal(options.generator ?? defaultGenerator(), dtype, sizeOf(shape), mean, std),
    dtype,
    shape,
    options,
  );
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
  const dtype = rest.dtype ?? 'int32';
  return made(drawIntegers(rest.generator ?? defaultGenerator(), dtype, sizeOf(size), from, to), dtype, size, rest);
}

/** 0 … n − 1 in random order, int32 unless said. torch.randperm */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const dtype = options.dtype ?? 'int32';
  return made(drawPermutation(options.generator ?? defaultGenerator(), dtype, n), dtype, [n], options);
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
  const dtype = floatDType('bernoulli', p.dtype);
  return made(drawBernoulliEach(options.generator ?? defaultGenerator(), dtype, decoded(p), dtype), dtype, p.shape, {
    device: p.device,
  });
}

/** `numSamples` positions per row of weights, drawn in proportion to them (int32). Reads the weights. torch.multinomial */
export function multinomial(
  weights: Tensor,
  numSamples: number,
  options: { readonly replacement?: boolean; readonly generator?: Generator } = {},
): Tensor {
  const { generator = defaultGenerator(), replacement = false } = options;
  const categories = weights.shape[weights.shape.length - 1] ?? 0;
  const drawn = drawMultinomial(
    generator,
    floatDType('multinomial', weights.dtype),
    decoded(weights),
    categories,
    numSamples,
    { replacement },
  );
  return made(drawn, 'int32', [...weights.shape.slice(0, -1), numSamples], { device: weights.device });
}
