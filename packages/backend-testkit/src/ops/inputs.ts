// The one place where operands come from: numbers that are the same every time, away from kinks, laid out in memory in
// every way a view can.

import { tensor, type Device, type DType, type Tensor } from '@rushlight/core';
import { describe, hostArray, isFloat, sizeOf, toFloat16Bits } from '@rushlight/core/kernel';

export interface Input {
  readonly shape: readonly number[];
  /** Between which numbers elements lie; by default at 0.3 … 2.6 from zero on both sides. */
  readonly range?: readonly [low: number, high: number];
  /** No integer is 0, which floats never are by default. */
  readonly nonzero?: boolean;
  /** By default the dtype that a test is about. */
  readonly dtype?: DType;
}

/** Numbers of the dtype that a test is about. No two floats are equal, none is near a multiple of ½. */
export const numbers = (shape: readonly number[], range?: readonly [number, number]): Input => ({
  shape,
  ...(range && { range }),
});

/** int32 numbers from `low` to below `high`. */
export const indices = (shape: readonly number[], high: number, low = 0): Input => ({ shape, range: [low, high - 1], dtype: 'int32' }); // prettier-ignore

export const mask = (shape: readonly number[]): Input => ({ shape, dtype: 'bool' });

const golden = (Math.sqrt(5) - 1) / 2;

function floatAt(k: number, range: Input['range']): number {
  const u = ((k + 1) * golden) % 1;
  const value = range ? range[0] + u * (range[1] - range[0]) : (k % 2 ? -1 : 1) * (0.3 + 2.3 * u);
  const half = Math.round(2 * value) / 2;
  const isKink = Math.abs(value - half) < 0.02 && (!range || range[1] - range[0] > 0.5);
  return isKink ? half + (half + 0.03 > (range?.[1] ?? Infinity) ? -0.03 : 0.03) : value;
}

function integerAt(k: number, [low, high]: readonly [number, number]): number {
  const [from, to] = [Math.ceil(low), Math.floor(high)];
  return from + ((k * 7 + ((k * k) % 5) * 3 + 1) % Math.max(to - from + 1, 1));
}

/** Elements of a dtype. `salt` tells operands of one call apart. */
function elements({ range, nonzero = false }: Input, dtype: DType, count: number, salt: number) {
  const data = hostArray(dtype, count);
  for (let k = 0; k < count; k++) {
    const at = k + salt * 17;
    if (describe(dtype).kind === 'bool') data[k] = (((at * at + at) >> 1) % 2) ^ (at % 3 === 0 ? 1 : 0);
    else if (!isFloat(dtype)) data[k] = integerAt(at, range ?? [-5, 5]) || Number(nonzero);
    else data[k] = dtype === 'float16' ? toFloat16Bits(floatAt(at, range)) : floatAt(at, range);
  }
  return data;
}

/** How an operand lies in memory: dense, with dims in reverse order, with gaps and an offset, or spread along its first dim. */
export const layouts = ['dense', 'transposed', 'strided', 'expanded'] as const;
export type Layout = (typeof layouts)[number];

/** Whether an operand of that shape lies otherwise than dense. */
export function isLaidOut(layout: Layout, shape: readonly number[]): boolean {
  if (layout === 'transposed') return shape.length > 1;
  if (layout === 'expanded') return (shape[0] ?? 0) > 1;
  return layout === 'strided' && shape.length > 0;
}

/** An operand, and the leaf that it is a view of. */
export interface MadeInput {
  readonly leaf: Tensor;
  readonly view: () => Tensor;
}

/** Makes operand `salt` of a call on a device. */
export function makeInput(input: Input, standard: DType, device: Device, layout: Layout, salt: number): MadeInput {
  const dtype = input.dtype ?? standard;
  const { shape } = input;
  const make = (own: readonly number[]): Tensor =>
    fromElements(elements(input, dtype, sizeOf(own), salt), dtype, own, device);
  if (layout === 'transposed') {
    const leaf = make(shape.toReversed());
    return { leaf, view: () => leaf.permute(shape.map((_, d) => shape.length - 1 - d)) };
  }
  if (layout === 'strided') {
    const leaf = make(shape.map((n) => 2 * n + 1));
    return { leaf, view: () => shape.reduce((x, n, d) => x.slice(d, 1, 2 * n + 1, 2), leaf) };
  }
  if (layout === 'expanded' && isLaidOut(layout, shape)) {
    const leaf = make(shape.with(0, 1));
    return { leaf, view: () => leaf.expand(shape) };
  }
  const leaf = make(shape);
  return { leaf, view: () => leaf };
}

/** A tensor of elements as a host array of its dtype holds them. */
export function fromElements(
  data: ReturnType<typeof elements>,
  dtype: DType,
  shape: readonly number[],
  device: Device,
): Tensor {
  if (dtype !== 'float16') return tensor(data, { dtype, shape, device });
  const made = tensor(new Float32Array(data.length), { dtype, shape, device });
  if (data.length > 0) device.backend.write(device.resolve(made.storage), data);
  return made;
}
