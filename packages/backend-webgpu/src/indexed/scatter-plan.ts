// How a scatter is run: which dims are columns, along which elements never meet whatever the indices say, so that rows meet as a whole; and
// how the places that rows go to are numbered.

import type { Launch, Operand, ScatterProgram } from '@rushlight/core/kernel';
import { product } from './coordinates.ts';

export interface ScatterPlan {
  readonly launch: Launch<ScatterProgram>;
  /** The row-major position of its first element in what was launched. */
  readonly first: number;
  /** Per dim of the launch whether it is one of columns. */
  readonly isColumn: readonly boolean[];
  readonly rows: number;
  readonly columns: number;
  /** Whether no two elements can meet. */
  readonly isApart: boolean;
  /** A row whose slot is s begins at address `low` + s·`unit`, where s < `slots`. */
  readonly low: number;
  readonly unit: number;
  readonly slots: number;
}

export const outOf = ({ operands }: Launch<ScatterProgram>): Operand => operands[operands.length - 1] as Operand;

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

interface Move {
  readonly size: number;
  readonly stride: number;
}

/** Whether every address is reached by one choice of steps. */
function isNested(moves: readonly Move[]): boolean {
  let reach = 0;
  return moves
    .filter(({ size, stride }) => size > 1 && stride !== 0)
    .map(({ size, stride }) => ({ size, stride: Math.abs(stride) }))
    .sort((x, y) => x.stride - y.stride)
    .every(({ size, stride }) => {
      const fits = stride > reach;
      reach += (size - 1) * stride;
      return fits;
    });
}

export function planScatter(launch: Launch<ScatterProgram>, first = 0): ScatterPlan {
  const { program, sizes, indexed = [] } = launch;
  const { offset, strides } = outOf(launch);
  const dims = sizes.map((size, d): Move => ({ size, stride: strides[d] ?? 0 }));
  const nested = isNested([...dims, ...indexed]);
  const indices = program.inputs.slice(1);
  const isStill = (d: number): boolean =>
    indices.every(({ strides: letters, guards }) => [letters, ...guards].every((of) => of[d] === '0'));
  const isColumn = dims.map(({ size, stride }, d) => nested && isStill(d) && (size === 1 || stride !== 0));
  const rowDims = dims.filter((_, d) => !isColumn[d]);
  const moves = [...rowDims, ...indexed].filter(({ size, stride }) => size > 1 && stride !== 0);
  const unit = Math.abs(moves.reduce((all, { stride }) => divisor(all, stride), 0)) || 1;
  const reach = (stride: number, size: number): number => stride * (size - 1);
  const below = moves.reduce((sum, { size, stride }) => sum + Math.min(0, reach(stride, size)), 0);
  const span = moves.reduce((sum, { size, stride }) => sum + Math.abs(reach(stride, size)), 0);
  const rows = product(rowDims.map(({ size }) => size));
  return {
    launch,
    first,
    isColumn,
    rows,
    columns: product(dims.filter((_, d) => isColumn[d]).map(({ size }) => size)),
    isApart: rows === 1,
    low: offset + below,
    unit,
    slots: span / unit + 1,
  };
}

/** The same launch in parts of at most so many positions, in row-major order. */
export function* inParts(launch: Launch<ScatterProgram>, most: number, first = 0): Generator<ScatterPlan, void, void> {
  const { sizes, operands } = launch;
  const total = product(sizes);
  if (total === 0) return;
  const dim = sizes.findIndex((size) => size > 1);
  if (total <= most || dim < 0) return yield planScatter(launch, first);
  const whole = sizes[dim] ?? 1;
  const half = Math.floor(whole / 2);
  const part = (from: number, size: number): Launch<ScatterProgram> => ({
    ...launch,
    sizes: sizes.with(dim, size),
    operands: operands.map((operand) => ({
      ...operand,
      offset: operand.offset + from * (operand.strides[dim] ?? 0),
      ...(operand.guards && {
        guards: operand.guards.map((guard) => ({
          ...guard,
          start: guard.start + from * (guard.coefficients[dim] ?? 0),
        })),
      }),
    })),
  });
  yield* inParts(part(0, half), most, first);
  yield* inParts(part(half, whole - half), most, first + (total / whole) * half);
}
