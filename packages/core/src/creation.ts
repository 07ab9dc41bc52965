// Making tensors from nothing: from numbers of the user, from a rule, or at random.

import { findDevice, type Device } from './device.ts';
import { getDefaultDtype } from './default-dtype.ts';
import { ShapeError, show, ValueError } from './errors.ts';
import { isTensor } from './is-tensor.ts';
import {
  constant,
  hostArray,
  isFloat,
  pow as power,
  select,
  sizeOf,
  toFloat16Bits,
  type DType,
  type Expr,
  type TypedArray,
} from './kernel/index.ts';
import { checkFits } from './ops/check-fits.ts';
import { checkDType } from './ops/dtype-facts.ts';
import { fillNew } from './ops/fill.ts';
import { loopOp, runLoop } from './ops/loop.ts';
import type { LoopBuilder } from './ops/loop-spec.ts';
import { newTensor } from './new-tensor.ts';
import { checkShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

export interface TensorOptions {
  /** Default: the one of `setDefaultDtype`, float32 (of `tensor`: what the values are). */
  readonly dtype?: DType;
  /** Default: the backend in use. */
  readonly device?: Device | string;
  readonly requiresGrad?: boolean;
}

export type Nested = number | boolean | readonly Nested[];

function finish(x: Tensor, { requiresGrad = false }: TensorOptions): Tensor {
  return requiresGrad ? x.requiresGrad_() : x;
}

/** A tensor whose elements are given as an array on the host. The array is copied. */
function fromHost(data: TypedArray, dtype: DType, shape: readonly number[], device: Device): Tensor {
  const made = newTensor(device, dtype, shape);
  if (data.length > 0) device.backend.write(device.resolve(made.storage), data);
  return made;
}

const arrayDTypes: readonly (readonly [new (n: number) => TypedArray, DType])[] = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int32Array, 'int32'],
  [Uint8Array, 'uint8'],
];

/** What dtype a host array stands for. 64-bit integers and the rest come in through `convert`. */
function dtypeOfArray(data: ArrayBufferView): DType {
  for (const [array, dtype] of arrayDTypes) if (data instanceof array) return dtype;
  if (data instanceof Uint8ClampedArray) return 'uint8';
  return data.constructor.name === 'Float16Array' ? 'float16' : 'int32';
}

/** Numbers as host elements of a dtype; refuses what an integer dtype cannot hold. */
function convert(values: ArrayLike<number | bigint | boolean>, dtype: DType): TypedArray {
  const data = hostArray(dtype, values.length);
  for (let k = 0; k < values.length; k++) {
    const value = Number(values[k]);
    if (dtype === 'float16') data[k] = toFloat16Bits(value);
    else if (dtype === 'bool') data[k] = value === 0 ? 0 : 1;
    else {
      checkFits('tensor', value, dtype, k);
      data[k] = value;
    }
  }
  return data;
}

function shapeOf(data: Nested): number[] {
  const shape: number[] = [];
  for (let level: Nested | undefined = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

function describeValue(value: unknown): string {
  if (isTensor(value)) return 'a tensor';
  if (typeof value === 'object' && value !== null) return value.constructor.name;
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'bigint' ? `${value}n` : String(value);
}

function cureFor(value: unknown): string {
  if (isTensor(value)) return 'Join tensors by stack() or cat(), copy one by clone().';
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return 'Join them into one typed array and pass its shape: tensor(array, { shape }).';
  if (typeof value === 'bigint') return 'Use Number(…), or a BigInt64Array.';
  return 'Pass numbers, booleans, nested arrays of them, or a typed array.';
}

function flatten(data: Nested, shape: readonly number[], depth: number, into: (number | boolean)[]): void {
  if (!Array.isArray(data)) {
    if (depth === shape.length && (typeof data === 'number' || typeof data === 'boolean')) {
      into.push(data);
      return;
    }
    if (typeof data === 'number' || typeof data === 'boolean') {
      throw new ShapeError(
        'tensor',
        `found ${data} where an array of ${shape[depth]} was expected. All arrays of one depth need the same length.`,
      );
    }
    throw new TypeError(`tensor: found ${describeValue(data)} among the values. ${cureFor(data)}`);
  }
  if (depth >= shape.length || data.length !== shape[depth]) {
    throw new ShapeError(
      'tensor',
      `an array at depth ${depth} has length ${data.length}, others ${shape[depth] ?? 'none'}. All arrays of one depth need the same length.`,
    );
  }
  for (const item of data) flatten(item, shape, depth + 1, into);
}

/**
 * A tensor of given values: nested arrays of numbers or booleans, one number, or a flat typed array with a `shape`.
 * Numbers become float32 (JavaScript does not tell 1 from 1.0), booleans bool, typed arrays what they are; 64-bit integers
 * become int32. Throws ShapeError for ragged arrays, ValueError for a value that an integer dtype cannot hold, TypeError for
 * what is no number. torch.tensor
 *
 * @example
 * tensor([[1, 2], [3, 4]]);
 * tensor([1, 0, 4], { dtype: 'int32' });
 * tensor(new Float32Array(6), { shape: [2, 3] });
 */
export function tensor(
  data: Nested | ArrayBufferView,
  options: TensorOptions & { readonly shape?: readonly number[] } = {},
): Tensor {
  const device = findDevice(options.device);
  if (options.dtype !== undefined) checkDType('tensor', options.dtype);
  if (ArrayBuffer.isView(data) && !(data instanceof DataView)) {
    const values = data as unknown as TypedArray;
    const natural = dtypeOfArray(data);
    const dtype = options.dtype ?? natural;
    const shape = options.shape ?? [values.length];
    checkCount(shape, values.length);
    const isNatural = dtype === natural && dtype !== 'float16' && arrayDTypes.some(([array]) => data instanceof array);
    return finish(fromHost(isNatural ? values : convert(values, dtype), dtype, shape, device), options);
  }
  const nested = shapeOf(data as Nested);
  const values: (number | boolean)[] = [];
  flatten(data as Nested, nested, 0, values);
  const allBool = values.length > 0 && values.every((value) => typeof value === 'boolean');
  const dtype = options.dtype ?? (allBool ? 'bool' : getDefaultDtype());
  const shape = options.shape ?? nested;
  checkCount(shape, values.length);
  return finish(fromHost(convert(values, dtype), dtype, shape, device), options);
}

function checkCount(shape: readonly number[], count: number): void {
  checkShape('tensor', shape);
  if (sizeOf(shape) !== count)
    throw new ShapeError(
      'tensor',
      `shape ${show(shape)} holds ${sizeOf(shape)} elements, ${count} were given. They must be equal.`,
    );
}

function fill(op: string, shape: readonly number[], value: number | boolean, options: TensorOptions): Tensor {
  checkShape(op, shape);
  const dtype = options.dtype ?? (typeof value === 'boolean' ? 'bool' : getDefaultDtype());
  checkDType(op, dtype);
  checkFits(op, Number(value), dtype);
  return finish(fillNew(newTensor(findDevice(options.device), dtype, shape), value), options);
}

/**
 * Every element `value`. The dtype is that of the value: float32, or bool. Throws ValueError for a value that an integer dtype
 * cannot hold. torch.full
 */
export function full(shape: readonly number[], value: number | boolean, options: TensorOptions = {}): Tensor {
  return fill('full', shape, value, options);
}

/** Every element 0. torch.zeros */
export function zeros(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return fill('zeros', shape, 0, options);
}

/** Every element 1. torch.ones */
export function ones(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return fill('ones', shape, 1, options);
}

/** Contents undefined. torch.empty */
export function empty(shape: readonly number[], options: TensorOptions = {}): Tensor {
  const { dtype = getDefaultDtype() } = options;
  checkShape('empty', shape);
  checkDType('empty', dtype);
  return finish(newTensor(findDevice(options.device), dtype, shape), options);
}

const like = (x: Tensor, options: TensorOptions): TensorOptions => ({ dtype: x.dtype, device: x.device, ...options });

/** Shape, dtype and device of `x`, every element 0. torch.zeros_like */
export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return zeros(x.shape, like(x, options));
}
/** torch.ones_like */
export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return ones(x.shape, like(x, options));
}
/** torch.full_like */
export function fullLike(x: Tensor, value: number | boolean, options: TensorOptions = {}): Tensor {
  return full(x.shape, value, like(x, options));
}
/** torch.empty_like */
export function emptyLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return empty(x.shape, like(x, options));
}

// The position is taken in float64 where there is one, else in float32: start + k·step then rounds once.
const rampOp = /* @__PURE__ */ loopOp('arange', (k, dtype: DType, precise: boolean) => {
  const wide = precise ? 'float64' : isFloat(dtype) ? 'float32' : dtype;
  const at = k.row.cast(wide);
  const start = k.scalar(wide);
  k.perElement(start.add(at.mul(k.scalar(wide))).cast(dtype));
});

function ramp(device: Device, dtype: DType, count: number, start: number, step: number): Tensor {
  const made = newTensor(device, dtype, [count]);
  const precise = isFloat(dtype) && device.backend.limits.dtypes.includes('float64');
  runLoop(rampOp([], dtype, precise), [], { out: [made], shape: [count], scalars: [start, step] });
  return made;
}

/**
 * start, start + step, … before end; `arange(end)` begins at 0. int32 where all three are integers, else the default
 * dtype. Throws ValueError for steps that lead nowhere, and for values that an integer dtype cannot hold. torch.arange
 */
export function arange(
  start: number,
  end?: number | TensorOptions,
  step?: number | TensorOptions,
  options?: TensorOptions,
): Tensor {
  const numbers = [start, end, step].filter((v) => typeof v === 'number');
  const rest = [end, step, options].find((v) => typeof v === 'object') ?? {};
  const [from, to, by] =
    numbers.length === 1 ? [0, numbers[0] ?? 0, 1] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1];
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(by))
    throw new ValueError('arange', `cannot go from ${from} to ${to} in steps of ${by}. Use finite numbers.`);
  if (by === 0 || (to - from) / by < 0)
    throw new ValueError('arange', `steps of ${by} do not lead from ${from} to ${to}. Change the sign of the step.`);
  const dtype = rest.dtype ?? (numbers.every(Number.isInteger) ? 'int32' : getDefaultDtype());
  checkDType('arange', dtype);
  if (!isFloat(dtype) && Math.trunc(by) === 0)
    throw new ValueError('arange', `steps of ${by} are 0 in ${dtype}. Use steps of 1 or more, or a float dtype.`);
  const count = Math.ceil((to - from) / by);
  if (count > 0 && !isFloat(dtype)) for (const end of [from, from + (count - 1) * by]) checkFits('arange', end, dtype);
  return finish(ramp(findDevice(rest.device), dtype, count, from, by), rest);
}

/** The positions from one end to the other: from both to the middle, as PyTorch does, so that both are exact. */
function evenly(k: LoopBuilder, wide: DType): Expr {
  const [start, end, step] = [k.scalar(wide), k.scalar(wide), k.scalar(wide)];
  const [half, last] = [k.scalar('int32'), k.scalar('int32')];
  const rising = start.add(step.mul(k.row.cast(wide)));
  const falling = end.sub(step.mul(last.sub(k.row).cast(wide)));
  return select(k.row.lt(half), rising, falling);
}

const linspaceOp = /* @__PURE__ */ loopOp('linspace', (k, dtype: DType, wide: DType) =>
  k.perElement(evenly(k, wide).cast(dtype)),
);
const logspaceOp = /* @__PURE__ */ loopOp('logspace', (k, dtype: DType, wide: DType) => {
  const exponent = evenly(k, wide);
  k.perElement(power(k.scalar(wide), exponent).cast(dtype));
});

/** `base` raised to what lies between the ends, or that itself. Of integers the ends are cut off first. */
function spaced(op: string, ends: [number, number], steps: number, options: TensorOptions, base?: number): Tensor {
  if (!Number.isInteger(steps) || steps < 0)
    throw new ValueError(op, `${steps} steps cannot be made. Use an integer ≥ 0.`);
  const { dtype = getDefaultDtype() } = options;
  checkDType(op, dtype);
  const [start, end] = isFloat(dtype) ? ends : [Math.trunc(ends[0]), Math.trunc(ends[1])];
  for (const value of [start, end]) checkFits(op, base === undefined ? value : Math.trunc(base ** value), dtype);
  const device = findDevice(options.device);
  const made = newTensor(device, dtype, [steps]);
  const wide = device.backend.limits.dtypes.includes('float64') ? 'float64' : 'float32';
  const step = steps > 1 ? (end - start) / (steps - 1) : 0;
  const scalars = [start, end, step, steps === 1 ? 1 : Math.floor(steps / 2), steps - 1];
  if (base === undefined) runLoop(linspaceOp([], dtype, wide), [], { out: [made], shape: [steps], scalars });
  else runLoop(logspaceOp([], dtype, wide), [], { out: [made], shape: [steps], scalars: [...scalars, base] });
  return finish(made, options);
}

/**
 * `steps` numbers from start to end, both included, equally far apart. An integer dtype cuts the ends off first. Throws
 * ValueError where it cannot hold them. torch.linspace
 */
export function linspace(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
  return spaced('linspace', [start, end], steps, options);
}

export interface LogspaceOptions extends TensorOptions {
  /** Default 10. */
  readonly base?: number;
}

/** base^start … base^end in `steps` equal steps of the exponent, both included, of which `linspace` says more. torch.logspace */
export function logspace(
  start: number,
  end: number,
  steps: number,
  { base = 10, ...options }: LogspaceOptions = {},
): Tensor {
  return spaced('logspace', [start, end], steps, options, base);
}

const eyeOp = /* @__PURE__ */ loopOp('eye', (k, dtype: DType) =>
  k.perElement(select(k.row.eq(k.column), constant(1, dtype), 0)),
);

/** Ones on the diagonal of an [n, m] matrix; m is n unless given. torch.eye */
export function eye(n: number, m: number | TensorOptions = n, options?: TensorOptions): Tensor {
  const given = typeof m === 'number' ? (options ?? {}) : m;
  const shape = [n, typeof m === 'number' ? m : n];
  checkShape('eye', shape);
  const dtype = given.dtype ?? getDefaultDtype();
  checkDType('eye', dtype);
  const made = newTensor(findDevice(given.device), dtype, shape);
  runLoop(eyeOp([], dtype), [], { out: [made], shape, columns: [1] });
  return finish(made, given);
}
