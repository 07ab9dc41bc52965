// Reductions over dims: each is one loop whose columns are the dims reduced.

import { computeIn } from '../autocast-mode.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { detach, exp, type DType, type Expr, isFloat, log, override } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { maximum, minimum } from './elementwise.ts';
import { LoopOp, loopOp, runLoop } from './loop.ts';
import { describeLoop, type LoopBuilder } from './loop-spec.ts';
import { normRoot } from './norm-formula.ts';
import { countOf, first, needsElements, needsFloat, reduce, type Dims, type ReductionOptions } from './reduce.ts';
import { rowShift } from './row-shift.ts';
import { splitDim } from './split-dim.ts';

export type { Dims, ReductionOptions };

export interface SumOptions extends ReductionOptions {
  /** Convert to this dtype before summing. */
  readonly dtype?: DType;
}

/** The dtype that sums and products are taken in: integers and bool in int32. */
const totalType = (x: Tensor, dtype: DType | undefined): DType =>
  dtype ?? (isFloat(x.dtype) ? computeIn('sum', x.dtype) : 'int32');

const sumOp = loopOp('sum', (k, dtype: DType) => k.perRow(k.sum(k.input(0).cast(dtype))));
const prodOp = loopOp('prod', (k, dtype: DType) => k.perRow(k.prod(k.input(0).cast(dtype))));
const meanOp = loopOp('mean', (k, dtype: DType) => k.perRow(k.sum(k.input(0).cast(dtype)).div(k.scalar(dtype))));
const amaxOp = loopOp('amax', (k) => k.perRow(k.max(k.input(0))));
const aminOp = loopOp('amin', (k) => k.perRow(k.min(k.input(0))));
// uint8 stays uint8, as in PyTorch.
const truth = (x: Expr, reduced: Expr): Expr => (x.dtype === 'uint8' ? reduced.cast('uint8') : reduced);
const anyOp = loopOp('any', (k) => k.perRow(truth(k.input(0), k.max(k.input(0).cast('bool')))));
const allOp = loopOp('all', (k) => k.perRow(truth(k.input(0), k.min(k.input(0).cast('bool')))));
const extremeOp = loopOp('max', (k, largest: boolean) => {
  const { value, position } = largest ? k.argmax(k.input(0)) : k.argmin(k.input(0));
  k.perRow(value);
  k.perRow(position);
});
const countOp = loopOp('countNonzero', (k) => k.perRow(k.sum(k.input(0).cast('bool').cast('int32'))));

/** Σ x over the dims. Integers and bool sum to int32. torch.sum */
export function sum(x: Tensor, dim?: Dims | SumOptions, options?: SumOptions): Tensor {
  const [dims, { keepdim, dtype } = {}] = splitDim<Dims, SumOptions>(dim, options);
  return first(reduce(sumOp([x], totalType(x, dtype)), x, dims, keepdim));
}

/** ∏ x over one dim, or all. torch.prod */
export function prod(x: Tensor, dim?: number | SumOptions, options?: SumOptions): Tensor {
  const [dims, { keepdim, dtype } = {}] = splitDim<number, SumOptions>(dim, options);
  return first(reduce(prodOp([x], totalType(x, dtype)), x, dims, keepdim));
}

/** Σ x / n over the dims. Throws DTypeError for integers unless `dtype` is a float. torch.mean */
export function mean(x: Tensor, dim?: Dims | SumOptions, options?: SumOptions): Tensor {
  const [dims, { keepdim, dtype = x.dtype } = {}] = splitDim<Dims, SumOptions>(dim, options);
  needsFloat('mean', dtype);
  return first(reduce(meanOp([x], dtype), x, dims, keepdim, [countOf('mean', x, dims)]));
}

/** The largest over the dims; equal ones share the gradient. Throws ShapeError if there is none. torch.amax */
export function amax(x: Tensor, dim?: Dims | ReductionOptions, options?: ReductionOptions): Tensor {
  const [dims, { keepdim } = {}] = splitDim<Dims, ReductionOptions>(dim, options);
  needsElements('amax', x, dims);
  return first(reduce(amaxOp([x]), x, dims, keepdim));
}

/** The smallest over the dims; equal ones share the gradient. torch.amin */
export function amin(x: Tensor, dim?: Dims | ReductionOptions, options?: ReductionOptions): Tensor {
  const [dims, { keepdim } = {}] = splitDim<Dims, ReductionOptions>(dim, options);
  needsElements('amin', x, dims);
  return first(reduce(aminOp([x]), x, dims, keepdim));
}

/** Smallest and largest at once. torch.aminmax */
export function aminmax(
  x: Tensor,
  dim?: number | ReductionOptions,
  options?: ReductionOptions,
): { min: Tensor; max: Tensor } {
  const [dims, rest] = splitDim<number, ReductionOptions>(dim, options);
  return { min: amin(x, dims, rest), max: amax(x, dims, rest) };
}

/** What `max(dim)` and its like return. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  /** int32: the first position at which the value is. */
  readonly indices: Tensor;
}

function extreme(
  name: string,
  largest: boolean,
  x: Tensor,
  dim: number,
  keepdim: boolean | undefined,
): ValuesAndIndices {
  needsElements(name, x, dim);
  const [values, indices] = reduce(extremeOp([x], largest), x, [normaliseDim(name, dim, x.shape.length)], keepdim);
  return { values: values as Tensor, indices: indices as Tensor };
}

/** With a dim: the largest along it and where it is. Without: the largest of all. With a tensor: see `maximum`. torch.max */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, other: Tensor): Tensor;
export function max(x: Tensor, dim: number, options?: ReductionOptions): ValuesAndIndices;
export function max(x: Tensor, dim?: number | Tensor, options: ReductionOptions = {}): Tensor | ValuesAndIndices {
  if (dim === undefined) return amax(x);
  return typeof dim === 'number' ? extreme('max', true, x, dim, options.keepdim) : maximum(x, dim);
}

/** As `max`, for the smallest. torch.min */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, other: Tensor): Tensor;
export function min(x: Tensor, dim: number, options?: ReductionOptions): ValuesAndIndices;
export function min(x: Tensor, dim?: number | Tensor, options: ReductionOptions = {}): Tensor | ValuesAndIndices {
  if (dim === undefined) return amin(x);
  return typeof dim === 'number' ? extreme('min', false, x, dim, options.keepdim) : minimum(x, dim);
}

function position(
  name: string,
  largest: boolean,
  x: Tensor,
  dim: number | undefined,
  keepdim: boolean | undefined,
): Tensor {
  needsElements(name, x, dim);
  const [, indices] = reduce(extremeOp([x.detach()], largest), x.detach(), dim, keepdim);
  return indices as Tensor;
}

/** Where the largest along a dim is (int32), or in the flattened tensor. The first of equals. torch.argmax */
export function argmax(x: Tensor, dim?: number | ReductionOptions, options?: ReductionOptions): Tensor {
  const [dims, { keepdim } = {}] = splitDim<number, ReductionOptions>(dim, options);
  return position('argmax', true, x, dims, keepdim);
}

/** Where the smallest along a dim is (int32). torch.argmin */
export function argmin(x: Tensor, dim?: number | ReductionOptions, options?: ReductionOptions): Tensor {
  const [dims, { keepdim } = {}] = splitDim<number, ReductionOptions>(dim, options);
  return position('argmin', false, x, dims, keepdim);
}

/** Whether any is true (not 0). torch.any */
export function any(x: Tensor, dim?: Dims | ReductionOptions, options?: ReductionOptions): Tensor {
  const [dims, { keepdim } = {}] = splitDim<Dims, ReductionOptions>(dim, options);
  return first(reduce(anyOp([x]), x, dims, keepdim));
}

/** Whether all are true. torch.all */
export function all(x: Tensor, dim?: Dims | ReductionOptions, options?: ReductionOptions): Tensor {
  const [dims, { keepdim } = {}] = splitDim<Dims, ReductionOptions>(dim, options);
  return first(reduce(allOp([x]), x, dims, keepdim));
}

/** How many are not 0 (int32). torch.count_nonzero */
export function countNonzero(x: Tensor, dim?: Dims): Tensor {
  return first(reduce(countOp([x]), x, dim));
}

export interface VarOptions extends ReductionOptions {
  /** Divide by n − 1 instead of n. Default true. */
  readonly unbiased?: boolean;
  /** Divide by n − correction instead. */
  readonly correction?: number;
}

/** In two passes: the mean, then the squares around it. The derivative through the mean is zero, and left out. */
function variance(k: LoopBuilder): { mean: Expr; variance: Expr } {
  const x = k.input(0);
  const average = k.sum(x).div(k.scalar(x.dtype));
  const centred = x.sub(average);
  const squares = k.sum(override(centred.square(), [[x, centred.mul(2)]]));
  return { mean: average, variance: squares.div(k.scalar(x.dtype)) };
}

const varOp = loopOp('var', (k) => k.perRow(variance(k).variance));
const stdOp = loopOp('std', (k) => k.perRow(normRoot(variance(k).variance)));

function spread(name: string, op: LoopOp, x: Tensor, dim: Dims | VarOptions, options: VarOptions | undefined): Tensor {
  const [dims, { keepdim, unbiased = true, correction = unbiased ? 1 : 0 } = {}] = splitDim<Dims, VarOptions>(
    dim,
    options,
  );
  needsFloat(name, x.dtype);
  const n = countOf(name, x, dims);
  return first(reduce(op, x, dims, keepdim, [n, Math.max(0, n - correction)]));
}

/** Σ (x − mean)² / (n − correction), in two passes. torch.var */
function variance_(x: Tensor, dim?: Dims | VarOptions, options?: VarOptions): Tensor {
  return spread('var', varOp([x]), x, dim, options);
}
export { variance_ as var };

/** √var. torch.std */
export function std(x: Tensor, dim?: Dims | VarOptions, options?: VarOptions): Tensor {
  return spread('std', stdOp([x]), x, dim, options);
}

const logsumexpOp = loopOp('logsumexp', (k, dtype: DType) => {
  const x = k.input(0).cast(dtype);
  const shift = rowShift(k, x);
  k.perRow(log(k.sum(exp(x.sub(shift)))).add(shift));
});

/** ln Σ e^x over the dims, finite for every finite x. torch.logsumexp */
export function logsumexp(x: Tensor, dim: Dims, options: ReductionOptions = {}): Tensor {
  const dtype = isFloat(x.dtype) ? computeIn('logsumexp', x.dtype) : getDefaultDtype();
  return first(reduce(logsumexpOp([x], dtype), x, dim, options.keepdim));
}

const floats = ['float32', 'float64', 'float16'] as const;

/** For softmax and log-softmax: the gradient reads the result alone, which PyTorch keeps too. */
function normalised(
  name: string,
  forward: (k: LoopBuilder) => void,
  backward: (k: LoopBuilder, y: Expr, g: Expr) => void,
): (x: Tensor) => LoopOp {
  const made = new Map<DType, LoopOp>();
  for (const dtype of floats) {
    const gradient = new LoopOp(
      `${name}Backward`,
      describeLoop([dtype, dtype], (k) => backward(k, k.input(0), k.input(1))),
    );
    made.set(
      dtype,
      new LoopOp(name, describeLoop([dtype], forward), { gradient: { op: gradient, reads: [{ kind: 'output' }] } }),
    );
  }
  return (x) => made.get(x.dtype) as LoopOp;
}

let softmaxOps: ((x: Tensor) => LoopOp) | undefined;
let logSoftmaxOps: ((x: Tensor) => LoopOp) | undefined;

export interface SoftmaxOptions {
  /** Convert to this dtype first. */
  readonly dtype?: DType;
}

function alongDim(name: string, ops: (x: Tensor) => LoopOp, x: Tensor, dim: number, dtype: DType | undefined): Tensor {
  const input = x.to(dtype ?? computeIn(name, x.dtype));
  needsFloat(name, input.dtype);
  const d = normaliseDim(name, dim, x.shape.length);
  const columns = x.shape.length === 0 ? [] : [d];
  return first(runLoop(ops(input), [input], { columns }));
}

/** e^x / Σ e^x along a dim. torch.nn.functional.softmax */
export function softmax(x: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  softmaxOps ??= normalised(
    'softmax',
    (k) => {
      const weight = exp(k.input(0).sub(detach(k.max(k.input(0)))));
      k.perElement(weight.div(k.sum(weight)));
    },
    (k, y, g) => k.perElement(y.mul(g.sub(k.sum(y.mul(g))))),
  );
  return alongDim('softmax', softmaxOps, x, dim, options.dtype);
}

/** x − ln Σ e^x along a dim. torch.nn.functional.log_softmax */
export function logSoftmax(x: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  logSoftmaxOps ??= normalised(
    'logSoftmax',
    (k) => {
      const shifted = k.input(0).sub(detach(k.max(k.input(0))));
      k.perElement(shifted.sub(log(k.sum(exp(shifted)))));
    },
    (k, y, g) => k.perElement(g.sub(exp(y).mul(k.sum(g)))),
  );
  return alongDim('logSoftmax', logSoftmaxOps, x, dim, options.dtype);
}
