// Convolution in its three directions as products of implicit matrices: a side of the product is a table of offsets
// into the image, so that patches are read where they lie and packed a block at a time.
//
//     forward          y[co, (n, o)]     = Σ w[co, (ci, k)] · x[(ci, k) at (n, o)]
//     weightGradient   w[co, (ci, k)]    = Σ y[co, (n, o)] · x[(ci, k) at (n, o)]
//     inputGradient    x[ci, (n, i)]     = Σ w[ci, (co, k)] · y[(co, k) at (n, i)]
//
// With a stride s, the kernel elements that meet position i are those of its residue class modulo s. The input gradient
// is one product for each class, in which they form a dense matrix. An image that is read outside of its bounds is
// copied with a border of zeros first, so that no patch is tested element by element.

import { mergeDims } from '@rushlight/core/kernel';
import type { ConvProgram, Launch, Operand, OperandType, StrideClass } from '@rushlight/core/kernel';
import { bordered } from './bordered.ts';
import { dataOf } from './cpu-buffer.ts';
import { Epilogue, isInteger } from './epilogue.ts';
import { type Extent, type Side, gemm } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Runner } from './run-loop.ts';
import { ramp, table } from './tables.ts';

/** A dim of the output that a product's columns run along, or every `step`-th position of it. */
interface Column {
  readonly dim: number;
  readonly size: number;
  readonly start: number;
  readonly step: number;
}

/** The products of a launch, one group's sides each; `row` and `columns` are the dims of the output that they make. */
interface Product {
  readonly a: Side;
  readonly b: Side;
  readonly row: number;
  readonly columns: readonly Column[];
  /** How far each side moves from group to group. */
  readonly groupSteps: readonly [a: number, b: number];
}

interface Shape {
  readonly n: number;
  readonly g: number;
  readonly ci: number;
  readonly co: number;
  readonly image: readonly number[];
  readonly kernel: readonly number[];
  readonly out: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

function shapeOf({ program: { spatial }, sizes, geometry }: Launch<ConvProgram>): Shape {
  const [n = 0, g = 0, ci = 0, co = 0] = sizes;
  const [image, kernel, out] = [0, 1, 2].map((part) => sizes.slice(4 + part * spatial, 4 + (part + 1) * spatial));
  if (!geometry || !image || !kernel || !out) throw new TypeError('conv: the launch has no geometry.');
  return { n, g, ci, co, image, kernel, out, ...geometry };
}

const whole = (dim: number, size: number): Column => ({ dim, size, start: 0, step: 1 });
const side = ({ buffer, offset }: Operand, lanes: Int32Array, depth: Int32Array): Side => ({
  data: dataOf(buffer),
  base: offset,
  lanes,
  depth,
});

/** Offsets along the spatial dims of an operand, by a list of coordinates for each. */
const along = ({ strides }: Operand, coordinates: readonly (readonly number[])[]): number[][] =>
  coordinates.map((list, d) => list.map((coordinate) => coordinate * (strides[3 + d] ?? 0)));

/** The image as forward and weight gradient read it: o·stride + k·dilation − padding, by o and by k. */
function patches(x: Operand, shape: Shape, machine: Machine) {
  const { n, g, ci, image, kernel, out, stride, padding, dilation } = shape;
  const by = (sizes: readonly number[], steps: readonly number[]) => sizes.map((size, d) => ramp(size, steps[d] ?? 1));
  const high = image.map(
    (_, d) => ((out[d] ?? 0) - 1) * (stride[d] ?? 1) + ((kernel[d] ?? 0) - 1) * (dilation[d] ?? 1),
  );
  const low = padding.map((p) => -p);
  const source = bordered(machine, x, [n, g, ci, ...image], low, high.map((h, d) => h + (low[d] ?? 0))); // prettier-ignore
  const first = low.reduce((sum, l, d) => sum + l * (source.strides[3 + d] ?? 0), source.offset);
  const [nStride = 0, , ciStride = 0] = source.strides;
  return {
    source: { ...source, offset: first },
    positions: table([ramp(n, nStride), ...along(source, by(out, stride))]),
    elements: table([ramp(ci, ciStride), ...along(source, by(kernel, dilation))]),
  };
}

function forward(x: Operand, w: Operand, shape: Shape, machine: Machine): Product {
  const { source, positions, elements } = patches(x, shape, machine);
  const [wGroup = 0, coStride = 0, ciStride = 0] = w.strides;
  const depth = table([ramp(shape.ci, ciStride), ...along(w, shape.kernel.map((size) => ramp(size, 1)))]); // prettier-ignore
  return {
    a: side(w, table([ramp(shape.co, coStride)]), depth),
    b: side(source, positions, elements),
    row: 2,
    columns: [whole(0, shape.n), ...shape.out.map((size, d) => whole(3 + d, size))],
    groupSteps: [wGroup, source.strides[1] ?? 0],
  };
}

function weightGradient(x: Operand, y: Operand, shape: Shape, machine: Machine): Product {
  const { source, positions, elements } = patches(x, shape, machine);
  const [nStride = 0, yGroup = 0, coStride = 0] = y.strides;
  const depth = table([ramp(shape.n, nStride), ...along(y, shape.out.map((size) => ramp(size, 1)))]); // prettier-ignore
  return {
    a: side(y, table([ramp(shape.co, coStride)]), depth),
    b: side(source, elements, positions),
    row: 1,
    columns: [whole(2, shape.ci), ...shape.kernel.map((size, d) => whole(3 + d, size))],
    groupSteps: [yGroup, source.strides[1] ?? 0],
  };
}

/** One product for each residue class of positions modulo the stride. */
function inputGradient(w: Operand, y: Operand, shape: Shape, machine: Machine): Product[] {
  const { n, g, ci, co, image, kernel, out, stride, padding, dilation } = shape;
  const dims = image.map((size, d) => {
    const [s, p, step, last] = [stride[d] ?? 1, padding[d] ?? 0, dilation[d] ?? 1, (kernel[d] ?? 0) - 1];
    return { size, s, p, step, last, low: Math.floor((p - last * step) / s), high: Math.floor((size - 1 + p) / s) };
  });
  const source = bordered(machine, y, [n, g, co, ...out], dims.map((d) => d.low), dims.map((d) => d.high)); // prettier-ignore
  const [nStride = 0, yGroup = 0, yStride = 0] = source.strides;
  const [wGroup = 0, coStride = 0, ciStride = 0] = w.strides;
  let classes: number[][] = [[]];
  for (const { s, size } of dims) {
    classes = classes.flatMap((list) => ramp(Math.min(s, size), 1).map((residue) => [...list, residue]));
  }
  return classes.map((residues) => {
    const meeting = dims.map(({ s, p, step, last }, d) =>
      ramp(last + 1, 1).filter((k) => ((residues[d] ?? 0) + p - k * step) % s === 0),
    );
    const starts = dims.map(({ s, p, step }, d) =>
      (meeting[d] ?? []).map((k) => ((residues[d] ?? 0) + p - k * step) / s),
    );
    const columns = dims.map(({ size, s }, d) => {
      const start = residues[d] ?? 0;
      return { dim: 3 + d, size: Math.ceil((size - start) / s), start, step: s };
    });
    return {
      a: side(w, table([ramp(ci, ciStride)]), table([ramp(co, coStride), ...along(w, meeting)])),
      b: side(
        source,
        table([ramp(n, nStride), ...along(source, columns.map(({ size }) => ramp(size, 1)))]), // prettier-ignore
        table([ramp(co, yStride), ...along(source, starts)]),
      ),
      row: 2,
      columns: [whole(0, n), ...columns],
      groupSteps: [wGroup, yGroup],
    };
  });
}

/** The stride classes of an operand along a block's rows and its columns; `moving` is the class of columns that move. */
function letters(program: ConvProgram, moving: StrideClass): (type: OperandType) => string {
  const row = program.direction === 'weightGradient' ? 1 : 2;
  const columns = program.direction === 'weightGradient' ? 2 : 0;
  return ({ strides, guards }) => {
    if (guards.length > 0) return `s${moving}`;
    const moves = [...strides].some((letter, d) => (d === columns || d > 2) && letter !== '0');
    return `${strides[row] === '0' ? '0' : 's'}${moves ? moving : '0'}`;
  };
}

export function convRunner(program: ConvProgram, machine: Machine): Runner<ConvProgram> {
  const strided = new Epilogue(machine, program, letters(program, 's'));
  const contiguous = new Epilogue(machine, program, letters(program, '1'));
  const integer = isInteger(program.inputs[0].dtype);
  const { direction } = program;
  return (launch) => {
    const shape = shapeOf(launch);
    const { n, g, ci, co, image, kernel, out } = shape;
    const boxes = { x: [n, g, ci, ...image], w: [g, co, ci, ...kernel], y: [n, g, co, ...out] };
    const [written, one, two] = {
      forward: [boxes.y, boxes.x, boxes.w],
      inputGradient: [boxes.x, boxes.w, boxes.y],
      weightGradient: [boxes.w, boxes.x, boxes.y],
    }[direction] as [number[], number[], number[]];
    const operands = launch.operands.map((operand, slot) =>
      slot < 2 ? machine.plain(operand, slot === 0 ? one : two) : machine.unguarded(operand, written),
    );
    const [first, second, ...ends] = operands as [Operand, Operand, ...Operand[]];
    const products =
      direction === 'forward'
        ? [forward(first, second, shape, machine)]
        : direction === 'weightGradient'
          ? [weightGradient(first, second, shape, machine)]
          : inputGradient(first, second, shape, machine);
    const group = direction === 'weightGradient' ? 0 : 1;
    for (const product of products) {
      const runs = runsOf(product, ends);
      const epilogue = runs.every(({ step }, slot) => step === 1 || contiguous.isStill(slot)) ? contiguous : strided;
      multiply(product, runs, shape.g, group, integer, ends, epilogue, launch.scalars);
    }
  };
}

/** How an operand is walked along a product's columns: in runs of `length`, `step` apart, that begin at `starts`. */
interface Runs {
  readonly offset: number;
  readonly length: number;
  readonly step: number;
  readonly starts: Int32Array;
}

/** The same runs for all operands: the longest along which every one of them moves evenly. */
function runsOf({ columns }: Product, operands: readonly Operand[]): Runs[] {
  const sizes = columns.map(({ size }) => size);
  const views = operands.map(({ offset, strides }) => ({
    offset: columns.reduce((sum, { dim, start }) => sum + start * (strides[dim] ?? 0), offset),
    strides: columns.map(({ dim, step }) => step * (strides[dim] ?? 0)),
  }));
  const merged = mergeDims(sizes, [sizes.length], views);
  const last = merged.sizes.length - 1;
  return merged.views.map(({ offset, strides }) => ({
    offset,
    length: merged.sizes[last] ?? 1,
    step: strides[last] ?? 1,
    starts: table(merged.sizes.slice(0, -1).map((size, d) => ramp(size, strides[d] ?? 0))),
  }));
}

/** Runs a product for every group; `ends` are the epilogue's extra operands and the output. */
function multiply(
  { a, b, row, groupSteps }: Product,
  runs: readonly Runs[],
  groups: number,
  groupDim: number,
  integer: boolean,
  ends: readonly Operand[],
  epilogue: Epilogue,
  scalars: readonly number[],
): void {
  const length = runs[0]?.length ?? 1;
  const extent: Extent = { m: a.lanes.length, n: b.lanes.length, k: a.depth.length };
  const [left, right] = [{ ...a }, { ...b }];
  for (let g = 0; g < groups; g++) {
    left.base = a.base + g * groupSteps[0];
    right.base = b.base + g * groupSteps[1];
    gemm(left, right, extent, integer, (c, { m0, m, n0, n, width }) => {
      for (let from = n0; from < n0 + n;) {
        const run = Math.floor(from / length);
        const to = Math.min((run + 1) * length, n0 + n);
        const operands = ends.map(({ buffer, strides }, slot) => {
          const { offset = 0, step = 0, starts } = runs[slot] ?? {};
          const rowStride = strides[row] ?? 0;
          const inGroup = offset + g * (strides[groupDim] ?? 0) + m0 * rowStride;
          return {
            buffer,
            offset: inGroup + (starts?.[run] ?? 0) + (from - run * length) * step,
            strides: [rowStride, step],
          };
        });
        epilogue.run(c, from - n0, width, m, to - from, operands, scalars);
        from = to;
      }
    });
  }
}
