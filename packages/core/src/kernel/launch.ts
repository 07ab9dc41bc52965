// What a backend runs: a program with its sizes, views, numbers and buffers.

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
  /** Inputs, then outputs, as the program's kind says. */
  readonly operands: readonly Operand[];
  readonly scalars: readonly number[];
  /** gather and scatter: one per index. */
  readonly indexed?: readonly IndexedDim[];
  /** conv alone. */
  readonly geometry?: Geometry;
}
