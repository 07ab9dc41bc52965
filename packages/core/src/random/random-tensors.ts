// Random tensors: numbers are drawn on the host, in the order and with the values of PyTorch's CPU generator, and uploaded.

import { findDevice } from '../device.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { DTypeError, ValueError } from '../errors.ts';
import type { TensorOptions } from '../creation.ts';
import { isTensor } from '../is-tensor.ts';
import { fromFloat16Bits, isFloat, type DType, type TypedArray } from '../kernel/index.ts';
import { newTensor } from '../new-tensor.ts';
import { checkDType } from '../ops/dtype-facts.ts';
import { scratch } from '../ops/scratch.ts';
import { broadcastShapes, checkShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { defaultGenerator } from './default-generator.ts';
import { drawBernoulli, drawBernoulliEach } from './draw-bernoulli.ts';
import { drawBinomial } from './draw-binomial.ts';
import { drawIntegers, drawPermutation } from './draw-integers.ts';
import { drawMultinomial } from './draw-multinomial.ts';
import { drawNormal } from './draw-normal.ts';
import { drawPoisson } from './draw-poisson.ts';
import { drawUniform } from './draw-uniform.ts';
import type { Generator } from './generator.ts';
import { upload } from './upload.ts';

export interface RandomOptions extends TensorOptions {
  /** Default: the one that `manualSeed` seeds. */
  readonly generator?: Generator;
}

export interface GeneratorOptions {
  /** Default: the one that `manualSeed` seeds. */
  readonly generator?: Generator;
}

type FloatDType = 'float16' | 'float32' | 'float64';

function floatDType(op: string, dtype: DType): FloatDType {
  checkDType(op, dtype);
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
  checkDType(op, dtype);
  const x = newTensor(findDevice(device), dtype, shape);
  upload(x.storage, draw);
  return requiresGrad ? x.requiresGrad_() : x;
}

/** Uniform in [0, 1). torch.rand */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('rand', options.dtype ?? getDefaultDtype());
  return made('rand', shape, dtype, options, (n) => drawUniform(generator, dtype, n));
}

/** Normal with mean 0 and variance 1. torch.randn */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('randn', options.dtype ?? getDefaultDtype());
  return made('randn', shape, dtype, options, (n) => drawNormal(generator, dtype, n));
}

/**
 * Normal numbers. `normal(mean, std, shape)` takes numbers for all; where mean or std is a tensor, each element has its own, both
 * broadcast, and gradients go to neither. Throws ValueError for a negative std. torch.normal
 */
export function normal(mean: number, std: number, shape: readonly number[], options?: RandomOptions): Tensor;
export function normal(mean: Tensor, std?: Tensor | number, options?: GeneratorOptions): Tensor;
export function normal(mean: number, std: Tensor, options?: GeneratorOptions): Tensor;
export function normal(
  mean: Tensor | number,
  std: Tensor | number | GeneratorOptions = 1,
  shape: readonly number[] | GeneratorOptions = {},
  options: RandomOptions = {},
): Tensor {
  if (isTensor(mean) || isTensor(std)) {
    const spread = typeof std === 'number' || isTensor(std) ? std : 1;
    return normalEach(mean, spread, (spread === std ? shape : std) as GeneratorOptions);
  }
  const { generator = defaultGenerator() } = options;
  const dtype = floatDType('normal', options.dtype ?? getDefaultDtype());
  return made('normal', shape as readonly number[], dtype, options, (n) =>
    drawNormal(generator, dtype, n, mean, std as number),
  );
}

/** Standard normal numbers scaled and moved, as PyTorch makes them. */
function normalEach(
  mean: Tensor | number,
  std: Tensor | number,
  { generator = defaultGenerator() }: GeneratorOptions,
): Tensor {
  const [model] = [mean, std].filter(isTensor);
  if (!model) throw new TypeError('normal: neither mean nor std is a tensor. Give a shape.');
  for (const x of [mean, std]) if (isTensor(x)) floatDType('normal', x.dtype);
  const dtype = floatDType('normal', model.dtype);
  const shape = broadcastShapes('normal', [mean, std].filter(isTensor).map((x) => x.shape)); // prettier-ignore
  const spread = isTensor(std) ? decoded(std) : [std];
  const wrong = Array.prototype.find.call(spread, (value: number) => !(value >= 0)) as number | undefined;
  if (wrong !== undefined)
    throw new ValueError('normal', `the standard deviation ${wrong} is not >= 0. Pass ones that are.`);
  const scale = isTensor(std) ? 1 : std;
  return scratch([], () => {
    const drawn = made('normal', shape, dtype, { device: model.device }, (n) =>
      drawNormal(generator, dtype, n, 0, scale),
    );
    const scaled = isTensor(std) ? drawn.mul(std.detach().to(dtype)) : drawn;
    return scaled.add(isTensor(mean) ? mean.detach() : mean);
  });
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
/** `randint` of shape, dtype and device of `x`; `randintLike(x, high)` begins at 0. torch.randint_like */
export function randintLike(
  x: Tensor,
  low: number,
  high?: number | RandomOptions,
  options: RandomOptions = {},
): Tensor {
  const [from, to, rest] = typeof high === 'number' ? [low, high, options] : [0, low, high ?? options];
  return randint(from, to, x.shape, like(x, rest));
}

const decoded = (x: Tensor): ArrayLike<number> => {
  const data = x.dataSync();
  return x.dtype === 'float16' ? Float32Array.from(data, fromFloat16Bits) : data;
};

export interface BernoulliOptions extends GeneratorOptions {
  /** One probability for all elements, instead of those that the tensor gives. */
  readonly p?: number;
}

/** 1 with the probability that `p` gives for each element, else 0. Reads `p`, unless an option gives one. torch.bernoulli */
export function bernoulli(p: Tensor, options: BernoulliOptions = {}): Tensor {
  const { generator = defaultGenerator(), p: common } = options;
  if (common !== undefined) {
    return made('bernoulli', p.shape, p.dtype, { device: p.device }, (n) =>
      drawBernoulli(generator, p.dtype, n, common),
    );
  }
  const dtype = floatDType('bernoulli', p.dtype);
  return made('bernoulli', p.shape, dtype, { device: p.device }, () =>
    drawBernoulliEach(generator, dtype, decoded(p), dtype),
  );
}

/** A Poisson number for each rate. Reads the rates. Throws ValueError for a negative one. torch.poisson */
export function poisson(rates: Tensor, { generator = defaultGenerator() }: GeneratorOptions = {}): Tensor {
  const dtype = floatDType('poisson', rates.dtype);
  return made('poisson', rates.shape, dtype, { device: rates.device }, () =>
    drawPoisson(generator, dtype, decoded(rates)),
  );
}

/**
 * How many of `count` trials succeed, each with probability `prob`, element by element. Reads both. Throws ShapeError unless
 * the shapes are equal or broadcast, ValueError for negative counts and for what is no probability. torch.binomial
 */
export function binomial(
  count: Tensor,
  prob: Tensor,
  { generator = defaultGenerator() }: GeneratorOptions = {},
): Tensor {
  const dtype = floatDType('binomial', count.dtype);
  if (dtype === 'float16' || prob.dtype !== dtype) {
    throw new DTypeError(
      'binomial',
      `counts are ${dtype}, probabilities ${prob.dtype}. Both must be float32, or both float64.`,
    );
  }
  const shape = broadcastShapes('binomial', [count.shape, prob.shape]);
  return made('binomial', shape, dtype, { device: count.device }, () =>
    drawBinomial(generator, dtype, decoded(count.detach().expand(shape)), decoded(prob.detach().expand(shape))),
  );
}

export interface MultinomialOptions extends GeneratorOptions {
  /** Whether a position can be drawn twice. Default false. */
  readonly replacement?: boolean;
}

/** `numSamples` positions per row of weights, drawn in proportion to them (int32). Reads the weights. torch.multinomial */
export function multinomial(weights: Tensor, numSamples: number, options: MultinomialOptions = {}): Tensor {
  const { generator = defaultGenerator(), replacement = false } = options;
  const categories = weights.shape[weights.shape.length - 1] ?? 0;
  const dtype = floatDType('multinomial', weights.dtype);
  const shape = [...weights.shape.slice(0, -1), numSamples];
  return made('multinomial', shape, 'int32', { device: weights.device }, () =>
    drawMultinomial(generator, dtype, decoded(weights), categories, numSamples, { replacement }),
  );
}
