// What a backend runs: a program with its sizes, views, numbers and buffers. Equal geometry is given by the same array
// objects (`sizes`, and `strides` and `guards` of each operand) where core can, so a backend may key a cache by identity.

import type { DType } from './dtype.ts';
import type { Program } from './program.ts';
import type { View } from './view.ts';

/** Memory on a device, made by a backend. Only that backend knows what is behind it. */
export interface Buffer {
  readonly dtype: DType;
  /** In elements. */
  readonly length: number;
}

export interface Operand extends View {
  readonly buffer: Buffer;
}

/** Where in memory an index of gather or scatter points: `size` values are allowed, `stride` elements apart. */
export interface IndexedDim {
  readonly size: number;
  readonly stride: number;
}

export interface Geometry {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

export interface Launch<P extends Program = Program> {
  readonly program: P;
  /** The size of every dim of the iteration space (for conv: see ConvProgram). */
  readonly sizes: readonly number[];
  /**
   * Inputs, then outputs, as the program's kind says; an `inout` output is the operand of its input once more. A buffer
   * that is written occurs nowhere else in the launch, but in a loop, where it may in parts that have no element in common: else core
   * copies first. What an output writes (a row, an element) has an address of its own, but in scatter.
   */
  readonly operands: readonly Operand[];
  /**
   * One per scalar of the program: integers as their dtype holds them, floats as they are, for the device to round.
   * What is derived from a number (1 − β₂) is a scalar of its own, computed in float64 before it gets here.
   */
  readonly scalars: readonly number[];
  /** gather and scatter: one per index. */
  readonly indexed?: readonly IndexedDim[];
  /** conv alone. */
  readonly geometry?: Geometry;
}
