// Matrix products. One kernel: any rank, any strides, broadcast batches, an optional bias in its epilogue.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { dispatch, type StorageOperand } from '../dispatch.ts';
import { input, mergeDims, program, sizeOf, type MatmulProgram, type OperandType, type View } from '../kernel/index.ts';
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.ts';
import { checkOperands, makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './loop.ts';
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

/** The product of matrices of at least two dims each, batches broadcast; `bias` is added along the last dim. */
function product(op: string, x: Tensor, y: Tensor, bias?: Tensor): Tensor {
  const rank = Math.max(x.shape.length, y.shape.length) - 2;
  const [m = 0, k = 0] = x.shape.slice(-2);
  const [k2 = 0, n = 0] = y.shape.slice(-2);
  if (k !== k2) {
    throw new ShapeError(
      op,
      `inner sizes differ: ${show(x.shape)} @ ${show(y.shape)} has ${k} and ${k2}. Transpose one side or check the layer sizes.`,
    );
  }
  const batch = broadcastShapes(op, [x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  const out = makeTensor(x.device, x.dtype, [...batch, m, n]);
  if (sizeOf(out.shape) === 0) return out;

  const tensors = bias ? [x, y, bias, out] : [x, y, out];
  const [xm = 0, xk = 0] = x.strides.slice(-2);
  const [yk = 0, yn = 0] = y.strides.slice(-2);
  const [om = 0, on = 0] = out.strides.slice(-2);
  const tails = [[xm, 0, xk], [0, yn, yk], ...(bias ? [[0, bias.strides[0] ?? 0, 0]] : []), [om, on, 0]]; // prettier-ignore
  // Batches merge like any dims; m, n and k stay what they are.
  const batches = tensors.map((t): View => {
    const strides = t === bias ? batch.map(() => 0) : broadcastStrides(t.shape.slice(0, -2), t.strides.slice(0, -2), batch); // prettier-ignore
    return { offset: t.offset, strides };
  });
  const merged = rank === 0 ? { sizes: [], views: batches } : mergeDims(batch, [rank], batches);
  const groups = [merged.sizes.length, 1, 1, 1];
  const operands = tensors.map(({ storage, offset }, at): StorageOperand => {
    const strides = [...(merged.views[at]?.strides ?? []), ...(tails[at] ?? [])];
    return { storage, offset, strides };
  });
  dispatch({
    device: x.device,
    program: matmulProgram(
      operands.map(({ strides }) => operandType(x.dtype, strides, groups)),
      merged.sizes.length,
    ),
    sizes: [...merged.sizes, m, n, k],
    operands,
    scalars: [],
  });
  return out;
}

/** The product of two tensors of at least two dims, with its gradient. */
function batched(op: string, x: Tensor, y: Tensor): Tensor {
  const out = product(op, x, y);
  if (needsGraph([x, y])) {
    recordNode('matmul', [x, y], [out], ([grad], context) => [
      grad && context.needs(0) ? sumTo(batched(op, grad, context.saved(1).transpose(-2, -1)), x.shape) : undefined,
      grad && context.needs(1) ? sumTo(batched(op, context.saved(0).transpose(-2, -1), grad), y.shape) : undefined,
    ], { saved: [x, y] }); // prettier-ignore
  }
  return out;
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
  const out = product('linear', rows, weight.detach().t(), bias);
  if (needsGraph([rows, weight, bias])) {
    recordNode('linear', [rows, weight, bias], [out], ([grad], context) => [
      grad && context.needs(0) ? batched('linear', grad, context.saved(1)) : undefined,
      grad && context.needs(1) ? batched('linear', grad.t(), context.saved(0)) : undefined,
      grad && context.needs(2) ? grad.sum(0) : undefined,
    ], { saved: [rows, weight] }); // prettier-ignore
  }
  return x.shape.length === 2 ? out : out.reshape([...x.shape.slice(0, -1), outFeatures]);
}
