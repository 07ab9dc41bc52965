// Where the elements of a triangle of a matrix are.

import { findDevice } from '../device.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import type { TensorOptions } from '../creation.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';

export interface TriangleIndicesOptions extends Pick<TensorOptions, 'device' | 'dtype'> {
  /** Which diagonal ends the triangle: 0 the main one, positive above it. */
  readonly offset?: number;
}

function indices(
  op: string,
  row: number,
  col: number,
  { offset = 0, dtype = 'int32', device }: TriangleIndicesOptions,
  columns: (r: number) => [from: number, to: number],
): Tensor {
  for (const n of [row, col, Math.abs(offset)])
    if (!Number.isInteger(n) || n < 0)
      throw new ShapeError(
        op,
        `a matrix [${row}, ${col}] has no diagonal ${offset}. Use whole numbers, sizes from 0 on.`,
      );
  if (dtype !== 'int32') throw new DTypeError(op, `indices are int32, not ${dtype}. Leave dtype out.`);
  const rows: number[] = [];
  const cols: number[] = [];
  for (let r = 0; r < row; r++) {
    const [from, to] = columns(r);
    for (let c = Math.max(0, from); c < Math.min(col, to); c++) {
      rows.push(r);
      cols.push(c);
    }
  }
  const home = findDevice(device);
  const made = makeTensor(home, 'int32', [2, rows.length]);
  if (rows.length > 0) home.backend.write(home.resolve(made.storage), Int32Array.from([...rows, ...cols]));
  return made;
}

/** Rows and columns, [2, n] int32, of what `tril` keeps of a [row, col] matrix, row by row. torch.tril_indices */
export function trilIndices(row: number, col: number, options: TriangleIndicesOptions = {}): Tensor {
  return indices('trilIndices', row, col, options, (r) => [0, r + (options.offset ?? 0) + 1]);
}

/** Rows and columns, [2, n] int32, of what `triu` keeps of a [row, col] matrix, row by row. torch.triu_indices */
export function triuIndices(row: number, col: number, options: TriangleIndicesOptions = {}): Tensor {
  return indices('triuIndices', row, col, options, (r) => [r + (options.offset ?? 0), Infinity]);
}
