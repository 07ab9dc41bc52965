// Matrix products. One kernel: any rank, any strides, broadcast batches, an optional bias in its epilogue.

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
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.ts';
import { checkOperands, wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './loop.ts';
import { PlanCache } from './plan-cache.ts';
import { operandType, programMemo } from './program-memo.ts';

function check(op: string, x: Tensor, y: Tensor): void {
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
function product(op: string, x: Tensor, y: Tensor, options: ProductOptions = {}): Tensor {
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
function batched(op: string, x: Tensor, y: Tensor): Tensor {
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
function transposedTimes(op: string, x: Tensor, y: Tensor, { createGraph }: BackwardContext): Tensor {
  return createGraph ? batched(op, x.transpose(-2, -1), y) : product(op, x, y, { transposeX: true });
}

/**
 * The matrix product: of vectors their dot product, of a matrix and a vector the vector, of more dims a batch of matrix
 * products, broadcast. Throws ShapeError where the inner sizes differ. torch.matmul
 */
export function matmul(x: Tensor, y: Tensor): Tensor {
  check('matmul', x, y);
  const [xr, yr] = [x.shape.length, y.shape.length];
  if (xr === 0 || yr === 0)
    throw new ShapeError(
      'matmul',
      `both sides need at least 1 dim: ${show(x.shape)} @ ${show(y.shape)}. Use mul for scalars.`,
    );
  const vectorMismatch =
    xr === 1 || yr === 1 ? (x.shape[xr - 1] ?? 0) !== (y.shape[yr === 1 ? 0 : yr - 2] ?? 0) : false;
  if (vectorMismatch) {
    const sizes = `${x.shape[xr - 1] ?? 0} and ${y.shape[yr === 1 ? 0 : yr - 2] ?? 0}`;
    throw new ShapeError(
      'matmul',
      `inner sizes differ: ${show(x.shape)} @ ${show(y.shape)} has ${sizes}. Transpose one side or check the layer sizes.`,
    );
  }
  if (xr === 1 && yr === 1) return batched('matmul', x.unsqueeze(0), y.unsqueeze(1)).reshape([]);
  if (xr === 1) return batched('matmul', x.unsqueeze(0), y).squeeze(-2);
  if (yr === 1) return matmul(x, y.unsqueeze(1)).squeeze(-1);
  // A batch times one matrix is one large product.
  if (xr > 2 && yr === 2) {
    const rows = x.reshape([sizeOf(x.shape.slice(0, -1)), x.shape[xr - 1] ?? 0]);
    return batched('matmul', rows, y).reshape([...x.shape.slice(0, -1), y.shape[1] ?? 0]);
  }
  return batched('matmul', x, y);
}

function needsRank(op: string, x: Tensor, rank: number): void {
  if (x.shape.length !== rank)
    throw new ShapeError(op, `it takes tensors of ${rank} dims, not ${show(x.shape)}. Use matmul for other shapes.`);
}

/** The product of two matrices, [n, m] @ [m, p]. torch.mm */
export function mm(x: Tensor, y: Tensor): Tensor {
  for (const side of [x, y]) needsRank('mm', side, 2);
  check('mm', x, y);
  return batched('mm', x, y);
}

/** The product of two batches of matrices, [b, n, m] @ [b, m, p]. torch.bmm */
export function bmm(x: Tensor, y: Tensor): Tensor {
  for (const side of [x, y]) needsRank('bmm', side, 3);
  check('bmm', x, y);
  if (x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      'bmm',
      `batch sizes differ: ${show(x.shape)} @ ${show(y.shape)} has ${x.shape[0]} and ${y.shape[0]}. Use matmul to broadcast.`,
    );
  }
  return batched('bmm', x, y);
}

/** A matrix times a vector. torch.mv */
export function mv(x: Tensor, y: Tensor): Tensor {
  needsRank('mv', x, 2);
  needsRank('mv', y, 1);
  return matmul(x, y);
}

/** Σ xᵢ yᵢ of two vectors. torch.dot */
export function dot(x: Tensor, y: Tensor): Tensor {
  for (const side of [x, y]) needsRank('dot', side, 1);
  return matmul(x, y);
}

/** xᵢ yⱼ of two vectors. torch.outer */
export function outer(x: Tensor, y: Tensor): Tensor {
  for (const side of [x, y]) needsRank('outer', side, 1);
  return x.unsqueeze(1).mul(y.unsqueeze(0));
}

export interface AddmmOptions {
  readonly beta?: number;
  readonly alpha?: number;
}

/** With beta 0, x is not read: NaN in it does not matter. */
function addProduct(op: string, x: Tensor, p: Tensor, { beta = 1, alpha = 1 }: AddmmOptions): Tensor {
  check(op, p, x);
  if (!sameShape(broadcastShapes(op, [x.shape, p.shape]), p.shape)) {
    throw new ShapeError(
      op,
      `${show(x.shape)} is added to a product of shape ${show(p.shape)}. It must broadcast to that.`,
    );
  }
  const scaled = alpha === 1 ? p : p.mul(alpha);
  if (beta === 0) return scaled;
  return beta === 1 ? scaled.add(x) : scaled.add(x, { alpha: beta });
}

/** beta·x + alpha·(a @ b) for matrices. torch.addmm */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return addProduct('addmm', x, mm(a, b), options);
}

/** beta·x + alpha·(a @ b) for batches of matrices. torch.baddbmm */
export function baddbmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return addProduct('baddbmm', x, bmm(a, b), options);
}

/** beta·x + alpha·(a @ b) for a matrix and a vector. torch.addmv */
export function addmv(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return addProduct('addmv', x, mv(a, b), options);
}

export interface LinearOptions {
  readonly bias?: Tensor;
}

/**
 * x Wᵀ + b in one kernel: x [*, in], weight [out, in] or [in], bias [out]. torch.nn.functional.linear
 */
export function linear(x: Tensor, weight: Tensor, { bias }: LinearOptions = {}): Tensor {
  check('linear', x, weight);
  const inFeatures = weight.shape[weight.shape.length - 1] ?? 0;
  if (x.shape.length === 0 || x.shape[x.shape.length - 1] !== inFeatures) {
    throw new ShapeError(
      'linear',
      `the input ${show(x.shape)} has ${x.shape[x.shape.length - 1] ?? 'no'} features in its last dim, the weight ${show(weight.shape)} takes ${inFeatures}. Make them equal.`,
    );
  }
  if (weight.shape.length !== 2 || !bias) {
    const y = matmul(x, weight.t());
    return bias ? y.add(bias) : y;
  }
  check('linear', x, bias);
  const [outFeatures = 0] = weight.shape;
  if (bias.shape.length !== 1 || bias.shape[0] !== outFeatures) {
    throw new ShapeError(
      'linear',
      `the bias has shape ${show(bias.shape)}, the weight ${show(weight.shape)} gives ${outFeatures} features. They must be equal.`,
    );
  }
  const rows = x.shape.length === 2 ? x : x.reshape([sizeOf(x.shape.slice(0, -1)), inFeatures]);
  const out = product('linear', rows, weight, { transposeY: true, bias });
  if (needsGraph([rows, weight, bias])) {
    recordNode('linear', [rows, weight, bias], [out], ([grad], context) => [
      grad && context.needs(0) ? batched('linear', grad, context.saved(1)) : undefined,
      grad && context.needs(1) ? transposedTimes('linear', grad, context.saved(0), context) : undefined,
      grad && context.needs(2) ? grad.sum(0) : undefined,
    ], { saved: [rows, weight] }); // prettier-ignore
  }
  return x.shape.length === 2 ? out : out.reshape([...x.shape.slice(0, -1), outFeatures]);
}
