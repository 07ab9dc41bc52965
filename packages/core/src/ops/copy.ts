// Copying and overwriting: one loop each.

import { ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { freeInternal } from '../dispatch.ts';
import { contiguousStrides, isContiguous, sizeOf, type DType } from '../kernel/index.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import { wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { checkFits } from './check-fits.ts';
import { loopOp, runLoop } from './loop.ts';

const cloneOp = loopOp('clone', (k) => k.perElement(k.input(0)));
const copyOp = loopOp('copy', (k, dtype: DType) => k.perElement(k.input(1).cast(dtype)));
const fillOp = loopOp('fill', (k) => k.perElement(k.scalar(k.input(0).dtype)));

/** A copy with memory of its own, dense and row-major. torch.clone */
export function clone(x: Tensor): Tensor {
  return runLoop(cloneOp([x]), [x])[0] as Tensor;
}

/** `x` itself if it is dense and row-major, else a copy that is. torch.Tensor.contiguous */
export function contiguous(x: Tensor): Tensor {
  return isContiguous(x.shape, x.strides) ? x : clone(x);
}

/** Overwrites `x` with `source`, broadcast and converted. torch.Tensor.copy_ */
export function copy_(x: Tensor, source: Tensor): Tensor {
  const shape = broadcastShapes('copy_', [x.shape, source.shape]);
  if (!sameShape(shape, x.shape))
    throw new ShapeError(
      'copy_',
      `the source has shape ${show(source.shape)}, the tensor ${show(x.shape)}. The source must broadcast to the tensor.`,
    );
  runLoop(copyOp([x, source], x.dtype), [x, source], { inplace: [x], shape });
  return x;
}

/** Sets every element. torch.Tensor.fill_ */
export function fill_(x: Tensor, value: number | boolean | Tensor): Tensor {
  if (typeof value === 'object') {
    if (value.shape.length > 0)
      throw new ShapeError('fill_', `the value has shape ${show(value.shape)}. It must be a number or a 0-dim tensor.`);
    return copy_(x, value);
  }
  checkFits('fill_', Number(value), x.dtype);
  runLoop(fillOp([x]), [x], { inplace: [x], scalars: [Number(value)] });
  return x;
}

/** Sets every element to 0. torch.Tensor.zero_ */
export function zero_(x: Tensor): Tensor {
  return fill_(x, 0);
}

/** A copy in a new storage of `length` elements, walked by given strides and offset; what lies between is 0. */
export function stridedCopy(
  x: Tensor,
  geometry: { strides: readonly number[]; offset: number; length: number } = {
    strides: contiguousStrides(x.shape),
    offset: 0,
    length: sizeOf(x.shape),
  },
): Tensor {
  const flat = x.zeros([geometry.length]);
  const made = wrapStorage(flat.storage, x.shape, geometry.strides, geometry.offset);
  runLoop(cloneOp([x]), [x.detach()], { out: [made] });
  if (needsGraph([x])) recordNode('stridedCopy', [x], [made], ([grad]) => [grad]);
  return made;
}

const finiteOp = loopOp('refuseNaN', (k) => {
  k.check('element', k.input(0).isNaN(), k.input(0));
  k.perElement(k.input(0));
});

/** @internal Fails with `explain()` if any element is NaN: at once, or at the next await. */
export function refuseNaN(x: Tensor, explain: () => Error): void {
  const [copied] = runLoop(finiteOp([x]), [x.detach()], { explain });
  if (copied) freeInternal(copied.storage);
}
