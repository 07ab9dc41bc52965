// What all functions of matrices ask of their operands.

import { DTypeError, ShapeError, show } from '../errors.ts';
import type { TypedArray } from '../kernel/index.ts';
import { broadcastStrides } from '../shape.ts';
import { contiguousStrides, sizeOf } from '../kernel/index.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';

/** The sizes of a batch of matrices. */
export interface MatrixSizes {
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** How many matrices there are. */
  readonly count: number;
}

export function matrixSizes(x: Tensor): MatrixSizes {
  const batch = x.shape.slice(0, -2);
  const [rows = 0, columns = 0] = x.shape.slice(-2);
  return { batch, rows, columns, count: sizeOf(batch) };
}

/** Refuses what is no float32 or float64. */
export function checkFloats(op: string, ...operands: readonly Tensor[]): void {
  checkOperands(op, operands);
  const dtype = operands[0]?.dtype;
  for (const x of operands) {
    if (x.dtype !== 'float32' && x.dtype !== 'float64')
      throw new DTypeError(
        op,
        `it is defined for float32 and float64, not ${x.dtype}. Convert with \`.to('float32')\`.`,
      );
    if (x.dtype !== dtype)
      throw new DTypeError(op, `operands are ${dtype} and ${x.dtype}. Convert one with \`.to('${dtype}')\`.`);
  }
}

/** Refuses what is no batch of matrices of floats. */
export function checkMatrices(op: string, ...operands: readonly Tensor[]): void {
  checkFloats(op, ...operands);
  for (const x of operands)
    if (x.shape.length < 2)
      throw new ShapeError(op, `it takes matrices, not shape ${show(x.shape)}. Give it at least 2 dims.`);
}

/** Refuses what is no batch of square matrices of floats. */
export function checkSquare(op: string, x: Tensor): void {
  checkMatrices(op, x);
  const { rows, columns } = matrixSizes(x);
  if (rows !== columns)
    throw new ShapeError(op, `it takes square matrices, not ${show(x.shape)}. Make the last two sizes equal.`);
}

/** Matrices the other way around. */
export function turned(x: Tensor): Tensor {
  return x.transpose(-2, -1);
}

/** Matrix `k` of a batch, as float64 to be worked on. */
export function matrixOf(data: TypedArray | undefined, k: number, size: number): Float64Array {
  return Float64Array.from(data?.subarray(k * size, (k + 1) * size) ?? []);
}

/** For each place of a batch the number of the matrix there, of a tensor whose own batch broadcasts to it. */
export function placesOf(own: readonly number[], batch: readonly number[]): number[] {
  const strides = broadcastStrides(own, contiguousStrides(own), batch);
  const places: number[] = [];
  const walk = (d: number, at: number): void => {
    if (d === batch.length) places.push(at);
    else for (let k = 0; k < (batch[d] ?? 0); k++) walk(d + 1, at + k * (strides[d] ?? 0));
  };
  walk(0, 0);
  return places;
}

/** Where in a batch a matrix is, for messages: nothing where there is only one. */
export function whichOf(batch: readonly number[], k: number): string {
  if (batch.length === 0) return '';
  let rest = k;
  const place = batch.toReversed().map((n) => {
    const at = rest % n;
    rest = Math.floor(rest / n);
    return at;
  });
  return ` ${show(place.reverse())} of the batch`;
}
