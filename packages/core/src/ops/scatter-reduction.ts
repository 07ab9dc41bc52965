// The reductions of scatterReduce that are more than adding. Each takes part with the elements of `x` that a lookup says.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { describe, isFloat, type DType } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { combine, indicesOf, read, saved, write, type Lookup } from './lookup.ts';
import { where } from './where.ts';

export type ScatterReduction = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

const smallest = (dtype: DType): number =>
  describe(dtype).kind === 'float' ? -Infinity : dtype === 'int32' ? -(2 ** 31) : 0;
const largest = (dtype: DType): number =>
  describe(dtype).kind === 'float' ? Infinity : dtype === 'int32' ? 2 ** 31 - 1 : dtype === 'uint8' ? 255 : 1;

/** `x` with what changes no result where the lookup says. */
export function startWith(op: string, x: Tensor, lookup: Lookup, reduce: ScatterReduction): Tensor {
  const value = { sum: 0, mean: 0, prod: 1, amax: smallest(x.dtype), amin: largest(x.dtype) }[reduce];
  return write(op, x, lookup, value, 'set', false);
}

/** Sums divided by how many went into them. */
export function scatterMean(total: Tensor, lookup: Lookup, includeSelf: boolean): Tensor {
  const count = total.detach().zeros(total.shape).to('int32');
  combine('scatterReduce', count, lookup, 1, 'add');
  const parts = includeSelf ? count.add(1) : count.clamp({ min: 1 });
  return isFloat(total.dtype) ? total.div(parts) : total.div(parts, { roundingMode: 'floor' }).to(total.dtype);
}

/** Products. The gradient of an element is the product of the others, right with one zero among them. */
export function scatterProduct(op: string, x: Tensor, lookup: Lookup, source: Tensor): Tensor {
  const out = x.detach().clone();
  combine(op, out, lookup, source, 'mul');
  if (!needsGraph([x, source]) || !isFloat(x.dtype)) return out;
  const fixed = indicesOf(lookup).length;
  recordNode(
    op.replace(/_$/, ''),
    [x, source],
    [out],
    ([g], context) => {
      if (!g) return [];
      const at = saved(lookup, context);
      const [self, src, result] = [context.saved(fixed), context.saved(fixed + 1), context.saved(fixed + 2)];
      const grads: (Tensor | undefined)[] = [undefined, undefined];
      if (context.needs(0)) {
        const nonzero = where(self.eq(0), 1, self);
        grads[0] = g.mul(scatterProduct(op, nonzero, at, src)).div(nonzero);
      }
      if (context.needs(1)) {
        const isZero = src.eq(0);
        const zeros = write(op, self.zeros(self.shape), at, isZero.to(self.dtype), 'add', false);
        const alone = isZero.logicalAnd(read(op, zeros, at).eq(1));
        const others = scatterProduct(op, self, at, where(alone, 1, src));
        grads[1] = where(alone, read(op, g.mul(others), at), read(op, g.mul(result), at).div(where(isZero, 1, src)));
      }
      return grads;
    },
    { saved: [...indicesOf(lookup), x, source, out] },
  );
  return out;
}

/** Largest or smallest. Equal ones share the gradient. */
export function scatterExtreme(op: string, x: Tensor, lookup: Lookup, source: Tensor, reduce: 'amax' | 'amin'): Tensor {
  const out = x.detach().clone();
  combine(op, out, lookup, source, reduce === 'amax' ? 'max' : 'min');
  if (!needsGraph([x, source]) || !isFloat(x.dtype)) return out;
  const fixed = indicesOf(lookup).length;
  recordNode(
    op.replace(/_$/, ''),
    [x, source],
    [out],
    ([g], context) => {
      if (!g) return [];
      const at = saved(lookup, context);
      const result = context.saved(fixed + 2).detach();
      const isSelf = context.saved(fixed).eq(result);
      const isSource = context.saved(fixed + 1).eq(read(op, result, at));
      const equals = write(op, isSelf.to(g.dtype), at, isSource.to(g.dtype), 'add', false);
      const share = g.div(equals);
      return [where(isSelf, share, 0), where(isSource, read(op, share, at), 0)];
    },
    { saved: [...indicesOf(lookup), x, source, out] },
  );
  return out;
}
