// The kernel behind all matrix products: any rank, any strides, broadcast batches, an optional bias in its epilogue.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import type { BackwardContext } from '../autograd/node.ts';
import { dispatch } from '../dispatch.ts';
import {
  contiguousStrides,
  input,
  mergeDims,
  program,
  sizeOf,
  type MatmulProgram,
  type OperandType,
  type View,
} from '../kernel/index.ts';
import { broadcastShapes, broadcastStrides } from '../shape.ts';
import { checkOperands, wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './loop.ts';
import { PlanCache } from './plan-cache.ts';
import { operandType, programMemo } from './program-memo.ts';

/** Refuses operands that are not of one device and one dtype that has products. */
export function checkFactors(op: string, x: Tensor, y: Tensor): void {
  checkOperands(op, [x, y]);
  if (x.dtype !== y.dtype)
    throw new DTypeError(op, `operands are ${x.dtype} and ${y.dtype}. Convert one with \`.to('${x.dtype}')\`.`);
  if (x.dtype === 'bool') throw new DTypeError(op, "it is not defined for bool. Convert with `.to('float32')`.");
}

/** With three inputs the third is added to the sum. */
const matmulProgram = programMemo<MatmulProgram, [batchRank: number]>((operands, batchRank) => {
  const [a, b, ...rest] = operands as [OperandType, OperandType, ...OperandType[]];
  const extras = rest.slice(0, -1);
  const sum = input(0, a.dtype);
  return program<MatmulProgram>({
    kind: 'matmul',
    batchRank,
    inputs: [a, b, ...extras],
    scalars: [],
    epilogue: extras.length > 0 ? sum.add(input(1, a.dtype)) : sum,
    output: rest[extras.length] as OperandType,
  });
});

/** How a product runs over operands of one geometry. */
interface ProductPlan {
  readonly shape: readonly number[];
  readonly outStrides: readonly number[];
  readonly length: number;
  /** Undefined where there is nothing to compute. */
  readonly program: MatmulProgram | undefined;
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

interface ProductOptions {
  /** Take the last two dims of a side the other way around. */
  readonly transposeX?: boolean;
  readonly transposeY?: boolean;
  /** Added along the last dim. */
  readonly bias?: Tensor;
}

const plans = new PlanCache<ProductPlan>(64);

/** The product of matrices of at least two dims each, batches broadcast. */
export function product(op: string, x: Tensor, y: Tensor, options: ProductOptions = {}): Tensor {
  const { bias, transposeX = false, transposeY = false } = options;
  const flags = Number(transposeX) + 2 * Number(transposeY);
  const key = [x.shape, x.strides, y.shape, y.strides, bias ? bias.strides : none, flags, x.dtype];
  const plan = plans.find(key) ?? plans.add(key, planProduct(op, x, y, options));
  const { device } = x;
  const out = wrapStorage(device.allocate(x.dtype, plan.length), [...plan.shape], plan.outStrides);
  const { program, sizes, strides } = plan;
  if (!program) return out;
  const tensors = bias ? [x, y, bias, out] : [x, y, out];
  const operands = tensors.map(({ storage, offset }, k) => ({ storage, offset, strides: strides[k] ?? none }));
  dispatch({ device, program, sizes, operands, scalars: none });
  return out;
}

const none: readonly never[] = [];

/** The last two of something per dim, exchanged or not. */
function lastTwo(list: readonly number[], isTransposed: boolean): [number, number] {
  const [a = 0, b = 0] = list.slice(-2);
  return isTransposed ? [b, a] : [a, b];
}

function planProduct(
  op: string,
  x: Tensor,
  y: Tensor,
  { bias, transposeX = false, transposeY = false }: ProductOptions,
): ProductPlan {
  const [m, k] = lastTwo(x.shape, transposeX);
  const [k2, n] = lastTwo(y.shape, transposeY);
  if (k !== k2) {
    throw new ShapeError(
      op,
      `inner sizes differ: ${show(x.shape)} @ ${show(y.shape)} has ${k} and ${k2}. Transpose one side or check the layer sizes.`,
    );
  }
  const batch = broadcastShapes(op, [x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  const shape = [...batch, m, n];
  const outStrides = contiguousStrides(shape);
  const made = { shape, outStrides, length: sizeOf(shape) };
  if (made.length === 0) return { ...made, program: undefined, sizes: [], strides: [] };
  const [xm, xk] = lastTwo(x.strides, transposeX);
  const [yk, yn] = lastTwo(y.strides, transposeY);
  const [om, on] = lastTwo(outStrides, false);
  // Batches merge like any dims; m, n and k stay what they are.
  const sides = [
    { shape: x.shape, strides: x.strides, tail: [xm, 0, xk] },
    { shape: y.shape, strides: y.strides, tail: [0, yn, yk] },
    ...(bias ? [{ shape: [1, 1], strides: [0, 0], tail: [0, bias.strides[0] ?? 0, 0] }] : []),
    { shape, strides: outStrides, tail: [om, on, 0] },
  ];
  const batches = sides.map((side): View => ({
    offset: 0,
    strides: batch.length === 0 ? none : broadcastStrides(side.shape.slice(0, -2), side.strides.slice(0, -2), batch),
  }));
  const merged = batch.length === 0 ? { sizes: none, views: batches } : mergeDims(batch, [batch.length], batches);
  const batchRank = merged.sizes.length;
  const strides = merged.views.map((view, k) => [...view.strides, ...(sides[k]?.tail ?? [])]);
  const types = strides.map((own) => operandType(x.dtype, own, [batchRank, 1, 1, 1]));
  return { ...made, program: matmulProgram(types, batchRank), sizes: [...merged.sizes, m, n, k], strides };
}

/** The product of two tensors of at least two dims, with its gradient. */
export function batched(op: string, x: Tensor, y: Tensor): Tensor {
  const out = product(op, x, y);
  if (needsGraph([x, y])) {
    recordNode('matmul', [x, y], [out], ([grad], context) => [
      grad && context.needs(0) ? sumTo(timesTransposed(op, grad, context.saved(1), context), x.shape) : undefined,
      grad && context.needs(1) ? sumTo(transposedTimes(op, context.saved(0), grad, context), y.shape) : undefined,
    ], { saved: [x, y] }); // prettier-ignore
  }
  return out;
}

/** x @ yᵀ. Where a graph of it is wanted the transposition has to be part of that. */
function timesTransposed(op: string, x: Tensor, y: Tensor, { createGraph }: BackwardContext): Tensor {
  return createGraph ? batched(op, x, y.transpose(-2, -1)) : product(op, x, y, { transposeY: true });
}

/** xᵀ @ y. */
export function transposedTimes(op: string, x: Tensor, y: Tensor, { createGraph }: BackwardContext): Tensor {
  return createGraph ? batched(op, x.transpose(-2, -1), y) : product(op, x, y, { transposeX: true });
}
