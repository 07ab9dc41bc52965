// Running totals along a dim. The gradient of a sum so far is a sum from behind, so a scan also runs backwards.

import { computeIn } from '../autocast-mode.ts';
import { DTypeError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { dispatch } from '../dispatch.ts';
import {
  exp, isFloat, log, mod, program, select, type DType, type OperandType, type ScanProgram,
} from '../kernel/index.ts'; // prettier-ignore
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { alongLast, recordRead } from './along-last.ts';
import { atLeast1d, withoutDims } from './at-least-1d.ts';
import { loopOp, runLoop } from './loop.ts';
import { lowerScan } from './lower-scan.ts';
import { programMemo } from './program-memo.ts';
import type { ValuesAndIndices } from './reduction.ts';
import { rowShift } from './row-shift.ts';
import { triu } from './triangle.ts';
import { where } from './where.ts';

const scanProgram = programMemo<ScanProgram, [rank: number, reduce: ScanProgram['reduce']]>(
  ([input, ...outputs], rank, reduce) =>
    program<ScanProgram>({ kind: 'scan', rank, reduce, input: input as OperandType, outputs }),
);

function run(x: Tensor, d: number, reduce: ScanProgram['reduce'], reverse = false): Tensor[] {
  const withPositions = reduce === 'max' || reduce === 'min';
  const { outputs, launch } = alongLast(x, d, withPositions ? [x.dtype, 'int32'] : [x.dtype], reverse);
  if (!launch) return outputs;
  const { sizes, operands, types } = launch;
  dispatch({
    device: x.device,
    program: scanProgram(types, sizes.length, reduce),
    lower: lowerScan,
    sizes,
    operands,
    scalars: [],
  });
  return outputs;
}

export interface ScanOptions {
  /** Convert to this dtype first. */
  readonly dtype?: DType;
}

/** The input as one of at least one dim, in the dtype that totals are taken in: integers and bool in int32. */
function prepare(op: string, x: Tensor, dim: number, dtype: DType | undefined): [x: Tensor, d: number] {
  const d = normaliseDim(op, dim, x.shape.length);
  const converted = x.to(dtype ?? (isFloat(x.dtype) ? computeIn(op, x.dtype) : 'int32'));
  return [atLeast1d(converted), d];
}

function runningSum(x: Tensor, d: number, reverse: boolean): Tensor {
  const out = run(x, d, 'sum', reverse)[0] as Tensor;
  if (needsGraph([x]) && isFloat(x.dtype))
    recordNode('cumsum', [x], [out], ([grad]) => [grad && runningSum(grad, d, !reverse)]);
  return out;
}

/** out_i = x_0 + … + x_i along a dim. Integers and bool sum to int32. torch.cumsum */
export function cumsum(x: Tensor, dim: number, { dtype }: ScanOptions = {}): Tensor {
  const [input, d] = prepare('cumsum', x, dim, dtype);
  return withoutDims(runningSum(input, d, false), x);
}

function runningProduct(x: Tensor, d: number): Tensor {
  const out = run(x, d, 'prod')[0] as Tensor;
  if (needsGraph([x]) && isFloat(x.dtype)) {
    recordNode(
      'cumprod',
      [x],
      [out],
      ([grad], context) => [
        grad &&
          (context.createGraph
            ? productGraph(context.saved(0), grad, d)
            : productGradient(context.saved(0), context.saved(1), grad, d)),
      ],
      { saved: [x, out] },
    );
  }
  return out;
}

/**
 * Σ_{j ≥ i} g_j·y_j / x_i before the first zero of x; at it the same with a 1 in its place; behind it nothing, since every
 * product there has that zero as a factor.
 */
function productGradient(x: Tensor, y: Tensor, grad: Tensor, d: number): Tensor {
  const isZero = x.eq(0);
  const zeros = cumsum(isZero, d);
  const isFirst = isZero.logicalAnd(zeros.eq(1));
  const mended = where(isFirst, 1, x);
  const atFirst = runningSum(grad.mul(runningProduct(mended, d)), d, true);
  const before = runningSum(grad.mul(y), d, true).div(mended);
  return where(isFirst, atFirst, where(zeros.eq(0), before, 0));
}

/** The same as all products without one factor, n² of them: what can be differentiated again, also at zeros. */
function productGraph(x: Tensor, grad: Tensor, d: number): Tensor {
  const n = x.shape[d] ?? 1;
  const last = x.movedim(d, -1);
  const rank = last.shape.length;
  const rows = last.unsqueeze(-2);
  const options = { columns: [rank], shape: [...last.shape, n], scalars: [n] };
  const without = runLoop(withoutOneOp([rows]), [rows], options)[0] as Tensor;
  return triu(runningProduct(without, rank)).mul(grad.movedim(d, -1).unsqueeze(-2)).sum(-1).movedim(-1, d);
}

const withoutOneOp = loopOp('withoutOne', (k) =>
  k.perElement(select(k.column.eq(mod(k.row, k.scalar('int32'))), 1, k.input(0))),
);

/** out_i = x_0 · … · x_i along a dim. torch.cumprod */
export function cumprod(x: Tensor, dim: number, { dtype }: ScanOptions = {}): Tensor {
  const [input, d] = prepare('cumprod', x, dim, dtype);
  return withoutDims(runningProduct(input, d), x);
}

function extreme(op: string, x: Tensor, dim: number, reduce: 'max' | 'min'): ValuesAndIndices {
  const d = normaliseDim(op, dim, x.shape.length);
  const input = atLeast1d(x);
  const [values, indices] = run(input, d, reduce) as [Tensor, Tensor];
  recordRead(op, input, d, values, indices);
  return { values: withoutDims(values, x), indices: withoutDims(indices, x) };
}

/** The largest so far along a dim, and the last position at which it was. torch.cummax */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  return extreme('cummax', x, dim, 'max');
}

/** The smallest so far along a dim, and the last position at which it was. torch.cummin */
export function cummin(x: Tensor, dim: number): ValuesAndIndices {
  return extreme('cummin', x, dim, 'min');
}

// Rows are the positions, columns what may come before them; a running maximum cannot be factored out of a running sum.
const logcumsumexpOp = loopOp('logcumsumexp', (k) => {
  const soFar = k.column.le(mod(k.row, k.scalar('int32')));
  const x = select(soFar, k.input(0), -Infinity);
  const shift = rowShift(k, x);
  k.perRow(log(k.sum(exp(x.sub(shift)))).add(shift));
});

// x along the rows, y and its gradient along the columns: Σ_{j ≥ i} g_j·e^(x_i − y_j).
const logcumsumexpBackwardOp = loopOp('logcumsumexpBackward', (k) => {
  const [x, y, g] = [k.input(0), k.input(1), k.input(2)];
  const from = k.column.ge(mod(k.row, k.scalar('int32'))).and(x.gt(-Infinity).or(x.isNaN()));
  k.perRow(k.sum(select(from, g.mul(exp(x.sub(y))), 0)));
});

/** out_i = ln(e^x_0 + … + e^x_i) along a dim, finite for every finite x. Throws DTypeError for integers. torch.logcumsumexp */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  const d = normaliseDim('logcumsumexp', dim, x.shape.length);
  if (!isFloat(x.dtype)) {
    throw new DTypeError('logcumsumexp', `it is defined for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  }
  if (x.shape.length === 0) return x.clone();
  const last = x.movedim(d, -1);
  const n = last.shape.at(-1) ?? 0;
  const overPairs = (op: ReturnType<typeof logcumsumexpOp>, inputs: readonly Tensor[]): Tensor =>
    runLoop(op, inputs, { columns: [last.shape.length], shape: [...last.shape, n], scalars: [n] })[0] as Tensor;
  const rows = last.detach().unsqueeze(-2);
  const out = overPairs(logcumsumexpOp([rows]), [rows]);
  if (needsGraph([last])) {
    recordNode(
      'logcumsumexp',
      [last],
      [out],
      ([grad], context) => {
        if (!grad) return [];
        const inputs = [context.saved(0).unsqueeze(-1), context.saved(1).unsqueeze(-2), grad.unsqueeze(-2)];
        return [overPairs(logcumsumexpBackwardOp(inputs), inputs)];
      },
      { saved: [last, out] },
    );
  }
  return out.movedim(-1, d);
}
