// Convolution in its three directions as products of implicit matrices, for backends that multiply matrices by tables of offsets:
// patches are read where they lie.
//
//     forward          y[co, (n, o)]     = Σ w[co, (ci, k)] · x[(ci, k) at (n, o)]
//     weightGradient   w[co, (ci, k)]    = Σ y[co, (n, o)] · x[(ci, k) at (n, o)]
//     inputGradient    x[ci, (n, i)]     = Σ w[ci, (co, k)] · y[(co, k) at (n, i)]
//
// With a stride s, the kernel elements that meet position i are those of its residue class modulo s. The input gradient
// is one product for each class, in which they form a dense matrix. An image that is read outside of its bounds is
// copied with a border of zeros first, so that no patch is tested element by element.

import type { Geometry, Launch, Operand } from './launch.ts';
import type { ConvProgram } from './program.ts';
import type { Guard } from './view.ts';

export interface ConvShape extends Geometry {
  readonly direction: ConvProgram['direction'];
  readonly n: number;
  readonly g: number;
  readonly ci: number;
  readonly co: number;
  readonly image: readonly number[];
  readonly kernel: readonly number[];
  readonly out: readonly number[];
}

/** One factor of a group's product: element (lane, depth) lies `start` plus one offset from each axis of both behind its operand. */
export interface ConvFactor {
  readonly start: number;
  readonly lanes: readonly Int32Array[];
  readonly depth: readonly Int32Array[];
  /** From a group to the next. */
  readonly groupStep: number;
}

/** A dim of the output that a product's columns run along, or every `step`-th position of it. */
export interface ConvColumn {
  readonly dim: number;
  readonly size: number;
  readonly start: number;
  readonly step: number;
}

/** out[row, columns] = Σ a[row, depth] · b[columns, depth] for every group; the axes of b's lanes are the columns. */
export interface ConvProduct {
  readonly a: ConvFactor;
  readonly b: ConvFactor;
  /** The dim of the output that rows run along. */
  readonly row: number;
  readonly columns: readonly ConvColumn[];
}

/** What is read of the operand in a slot: coordinates low … high of its spatial dims. */
export interface ConvReach {
  readonly slot: 0 | 1;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** 0, stride, 2·stride, … */
export function ramp(size: number, stride: number): Int32Array {
  const result = new Int32Array(size);
  for (let i = 0; i < size; i++) result[i] = i * stride;
  return result;
}

/** The row-major table of sums of one offset from each axis. */
export function offsetTable(axes: readonly Int32Array[]): Int32Array {
  let sums = new Int32Array(1);
  for (const axis of axes) {
    const next = new Int32Array(sums.length * axis.length);
    let at = 0;
    for (const sum of sums) for (let i = 0; i < axis.length; i++) next[at++] = sum + (axis[i] ?? 0);
    sums = next;
  }
  return sums;
}

/** The sizes of a launch by their names. */
export function convShape({ program: { spatial, direction }, sizes, geometry }: Launch<ConvProgram>): ConvShape {
  const [n = 0, g = 0, ci = 0, co = 0] = sizes;
  const [image, kernel, out] = [0, 1, 2].map((part) => sizes.slice(4 + part * spatial, 4 + (part + 1) * spatial));
  if (!geometry || !image || !kernel || !out) throw new TypeError('conv: the launch has no geometry.');
  return { direction, n, g, ci, co, image, kernel, out, ...geometry };
}

/** The sizes of the two inputs and of the output. */
export function convBoxes(shape: ConvShape): readonly [first: number[], second: number[], output: number[]] {
  const { n, g, ci, co } = shape;
  const x = [n, g, ci, ...shape.image];
  const w = [g, co, ci, ...shape.kernel];
  const y = [n, g, co, ...shape.out];
  switch (shape.direction) {
    case 'forward':
      return [x, w, y];
    case 'inputGradient':
      return [w, y, x];
    case 'weightGradient':
      return [x, y, w];
  }
}

/** What is read of the image, or, for the input gradient, of the output's gradient. */
export function convReach({ direction, image, kernel, out, stride, padding, dilation }: ConvShape): ConvReach {
  const span = (d: number): number => ((kernel[d] ?? 0) - 1) * (dilation[d] ?? 1);
  if (direction === 'inputGradient') {
    return {
      slot: 1,
      low: image.map((_, d) => Math.floor(((padding[d] ?? 0) - span(d)) / (stride[d] ?? 1))),
      high: image.map((size, d) => Math.floor((size - 1 + (padding[d] ?? 0)) / (stride[d] ?? 1))),
    };
  }
  return {
    slot: 0,
    low: padding.map((p) => -p),
    high: image.map((_, d) => ((out[d] ?? 0) - 1) * (stride[d] ?? 1) + span(d) - (padding[d] ?? 0)),
  };
}

/**
 * The operand of `sizes` such that coordinates low … high of its spatial dims may be read, as 0 where there is nothing: itself where
 * they are all inside, else what `copy` makes of a view over a box. Its offset is that of coordinate 0.
 */
export function withBorder(
  operand: Operand,
  sizes: readonly number[],
  { low, high }: ConvReach,
  copy: (view: Operand, box: number[]) => Operand,
): Operand {
  // prettier-ignore
  const inside = low.every((l, d) => l >= 0 && (high[d] ?? 0) < (sizes[3 + d] ?? 0));
  if (inside) return operand;
  const guards = low.map((start, d): Guard => {
    const coefficients = sizes.map((_, dim) => Number(dim === 3 + d));
    return { coefficients, start, step: 1, size: sizes[3 + d] ?? 0, stride: operand.strides[3 + d] ?? 0 };
  });
  const box = [...sizes.slice(0, 3), ...low.map((l, d) => Math.max(0, (high[d] ?? 0) - l + 1))];
  const copied = copy({ ...operand, strides: operand.strides.map((s, d) => (d < 3 ? s : 0)), guards, fill: 0 }, box);
  const offset = low.reduce((sum, l, d) => sum - l * (copied.strides[3 + d] ?? 0), copied.offset);
  return { ...copied, offset };
}

type Strides = readonly number[];

/** The products of a launch, by the strides of its inputs, the one that is read at moved positions with its border. */
export function convProducts(shape: ConvShape, first: Strides, second: Strides): ConvProduct[] {
  switch (shape.direction) {
    case 'forward':
      return [forward(shape, first, second)];
    case 'weightGradient':
      return [weightGradient(shape, first, second)];
    case 'inputGradient':
      return inputGradient(shape, first, second);
  }
}

const whole = (dim: number, size: number): ConvColumn => ({ dim, size, start: 0, step: 1 });

/** Offsets along the spatial dims of an operand, by a list of coordinates for each. */
const along = (strides: Strides, coordinates: readonly Int32Array[]): Int32Array[] =>
  coordinates.map((list, d) => list.map((coordinate) => coordinate * (strides[3 + d] ?? 0)));

const every = (sizes: readonly number[]): Int32Array[] => sizes.map((size) => ramp(size, 1));

/** The image as forward and weight gradient read it: o·stride + k·dilation − padding, by o and by k. */
function patches({ n, ci, kernel, out, stride, padding, dilation }: ConvShape, x: Strides) {
  const by = (sizes: readonly number[], steps: readonly number[]): Int32Array[] =>
    sizes.map((size, d) => ramp(size, steps[d] ?? 1));
  return {
    start: padding.reduce((sum, p, d) => sum - p * (x[3 + d] ?? 0), 0),
    positions: [ramp(n, x[0] ?? 0), ...along(x, by(out, stride))],
    elements: [ramp(ci, x[2] ?? 0), ...along(x, by(kernel, dilation))],
    groupStep: x[1] ?? 0,
  };
}

function forward(shape: ConvShape, x: Strides, w: Strides): ConvProduct {
  const { start, positions, elements, groupStep } = patches(shape, x);
  const depth = [ramp(shape.ci, w[2] ?? 0), ...along(w, every(shape.kernel))];
  return {
    a: { start: 0, lanes: [ramp(shape.co, w[1] ?? 0)], depth, groupStep: w[0] ?? 0 },
    b: { start, lanes: positions, depth: elements, groupStep },
    row: 2,
    columns: [whole(0, shape.n), ...shape.out.map((size, d) => whole(3 + d, size))],
  };
}

function weightGradient(shape: ConvShape, x: Strides, y: Strides): ConvProduct {
  const { start, positions, elements, groupStep } = patches(shape, x);
  const depth = [ramp(shape.n, y[0] ?? 0), ...along(y, every(shape.out))];
  return {
    a: { start: 0, lanes: [ramp(shape.co, y[2] ?? 0)], depth, groupStep: y[1] ?? 0 },
    b: { start, lanes: elements, depth: positions, groupStep },
    row: 1,
    columns: [whole(2, shape.ci), ...shape.kernel.map((size, d) => whole(3 + d, size))],
  };
}

/** One product for each residue class of positions modulo the stride. */
function inputGradient(
  { n, ci, co, image, kernel, stride, padding, dilation }: ConvShape,
  w: Strides,
  y: Strides,
): ConvProduct[] {
  // prettier-ignore
  const dims = image.map((size, d) => ({
    size,
    s: stride[d] ?? 1,
    p: padding[d] ?? 0,
    step: dilation[d] ?? 1,
    taps: ramp(kernel[d] ?? 0, 1),
  }));
  let classes: number[][] = [[]];
  for (const { s, size } of dims) {
    classes = classes.flatMap((list) => Array.from(ramp(Math.min(s, size), 1), (residue) => [...list, residue]));
  }
  return classes.map((residues) => {
    const residue = (d: number): number => residues[d] ?? 0;
    const meeting = dims.map(({ s, p, step, taps }, d) => taps.filter((k) => (residue(d) + p - k * step) % s === 0));
    const starts = dims.map(({ s, p, step }, d) =>
      (meeting[d] as Int32Array).map((k) => (residue(d) + p - k * step) / s),
    );
    const columns = dims.map(({ size, s }, d) => {
      const start = residue(d);
      return { dim: 3 + d, size: Math.ceil((size - start) / s), start, step: s };
    });
    return {
      a: {
        start: 0,
        lanes: [ramp(ci, w[2] ?? 0)],
        depth: [ramp(co, w[1] ?? 0), ...along(w, meeting)],
        groupStep: w[0] ?? 0,
      },
      b: {
        start: 0,
        lanes: [ramp(n, y[0] ?? 0), ...along(y, every(columns.map(({ size }) => size)))],
        depth: [ramp(co, y[2] ?? 0), ...along(y, starts)],
        groupStep: y[1] ?? 0,
      },
      row: 2,
      columns: [whole(0, n), ...columns],
    };
  });
}
