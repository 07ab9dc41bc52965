// How the gradients of a loop run over inputs of one geometry: which operation, over which columns, what of the saved
// tensors it reads. Worked out once for each input, and once more where a graph of the gradient is made.

import { contiguousStrides } from '../kernel/index.ts';
import { wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import type { Source } from './loop-gradient.ts';
import { placeOf, type LoopOp } from './loop-op.ts';

/** How the gradient of one input runs. */
export interface GradientPlan {
  readonly op: LoopOp;
  readonly columns: readonly number[];
  /** What it reads before the gradient of the output: which saved tensor, and whether that has one value per row. */
  readonly reads: readonly { readonly saved: number; readonly isRow: boolean }[];
}

export class GradientPlans {
  /** The iteration shape of the forward loop. */
  readonly shape: readonly number[];
  readonly inputShapes: readonly (readonly number[])[];
  /** Whether the result has one value per row. */
  readonly isRow: boolean;
  readonly #op: LoopOp;
  readonly #sources: readonly Source[];
  readonly #columns: readonly number[];
  readonly #rowShape: readonly number[];
  readonly #rowStrides: readonly number[];
  readonly #plans: (GradientPlan | undefined)[] = [];

  constructor(
    op: LoopOp,
    sources: readonly Source[],
    geometry: {
      readonly inputShapes: readonly (readonly number[])[];
      readonly shape: readonly number[];
      readonly columns: readonly number[];
    },
  ) {
    this.#op = op;
    this.#sources = sources;
    this.inputShapes = geometry.inputShapes;
    this.shape = geometry.shape;
    this.isRow = op.spec.outputs[0]?.per === 'row';
    this.#columns = [...geometry.columns];
    this.#rowShape = this.shape.map((n, d) => (this.#columns.includes(d) ? 1 : n));
    this.#rowStrides = contiguousStrides(this.#rowShape);
  }

  /** What has one value per row, in the shape that broadcasts over the columns. */
  asRows(x: Tensor, isRecorded: boolean): Tensor {
    if (isRecorded || !x.isContiguous()) return x.reshape(this.#rowShape);
    return wrapStorage(x.storage, this.#rowShape, this.#rowStrides, x.offset);
  }

  /** How the gradient of input `slot` runs; undefined where it is zero. */
  of(slot: number, isRecorded: boolean): GradientPlan | undefined {
    const at = 2 * slot + Number(isRecorded);
    if (!(at in this.#plans)) this.#plans[at] = this.#make(slot, isRecorded);
    return this.#plans[at];
  }

  #make(slot: number, isRecorded: boolean): GradientPlan | undefined {
    const columns = this.#columns;
    const over = broadcastDims(this.inputShapes[slot] ?? [], this.shape);
    // What has one value per row, or is broadcast by an element-wise operation, sums its gradient in the same loop.
    const isSummed = over.length > 0 && columns.every((d) => over.includes(d));
    const gradient = this.#op.gradient(slot, !isRecorded, isSummed);
    if (!gradient) return undefined;
    const reads = gradient.reads.map((source) => ({
      saved: placeOf(source, this.#sources),
      isRow: source.kind !== 'input' && (source.kind !== 'output' || this.isRow),
    }));
    return { op: gradient.op, columns: isSummed && columns.length === 0 ? over : columns, reads };
  }
}

/** The dims of `shape` along which something of shape `from` is broadcast. */
export function broadcastDims(from: readonly number[], shape: readonly number[]): number[] {
  const missing = shape.length - from.length;
  return shape.flatMap((n, d) => (d < missing || (from[d - missing] === 1 && n !== 1) ? [d] : []));
}
