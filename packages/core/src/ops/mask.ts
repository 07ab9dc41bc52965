// Masks: choosing elements by bool tensors. What a mask selects depends on its data, so the result's shape is known only
// after reading it: at once where the device can, and by the `…Async` form everywhere.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { select } from '../kernel/index.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkFits } from './check-fits.ts';
import { read } from './lookup.ts';
import { loopOp, runLoop } from './loop.ts';
import { positions, positionsAsync } from './positions.ts';
import { scratch } from './scratch.ts';

function checkMask(op: string, mask: Tensor): void {
  if (mask.dtype !== 'bool')
    throw new DTypeError(op, `the mask is ${mask.dtype}, not bool. Compare first, or convert with \`.to('bool')\`.`);
}

const maskedFillOp = loopOp('maskedFill', (k, isNumber: boolean) => {
  const x = k.input(0);
  k.perElement(select(k.input(1), isNumber ? k.scalar(x.dtype) : k.input(2).cast(x.dtype), x));
});

function fill(op: string, x: Tensor, mask: Tensor, value: Tensor | number): Tensor {
  checkMask(op, mask);
  if (isTensor(value) && value.shape.length > 0)
    throw new ShapeError(op, `the value has shape ${show(value.shape)}. It must be a number or a 0-dim tensor.`);
  if (!isTensor(value)) checkFits(op, value, x.dtype);
  const inputs = isTensor(value) ? [x, mask, value] : [x, mask];
  const [result] = runLoop(maskedFillOp(inputs, !isTensor(value)), inputs, {
    scalars: isTensor(value) ? [] : [value],
    ...(op.endsWith('_') && { inplace: [x] }),
  });
  return result as Tensor;
}

/** x with `value`, a number or a 0-dim tensor, where the mask is true; both broadcast. torch.Tensor.masked_fill */
export function maskedFill(x: Tensor, mask: Tensor, value: Tensor | number): Tensor {
  return fill('maskedFill', x, mask, value);
}

/** `maskedFill` in x itself. torch.Tensor.masked_fill_ */
export function maskedFill_(x: Tensor, mask: Tensor, value: Tensor | number): Tensor {
  return fill('maskedFill_', x, mask, value);
}

/** The elements at the positions [n, rank] that a mask was found to select. */
function selected(x: Tensor, found: Tensor): Tensor {
  return read('maskedSelect', x, {
    shape: [found.shape[0] ?? 0],
    dims: found.unbind(1).map((index) => ({ index, at: 0 })),
    wrap: false,
  });
}

function broadcast(x: Tensor, mask: Tensor): [x: Tensor, mask: Tensor] {
  checkMask('maskedSelect', mask);
  const shape = broadcastShapes('maskedSelect', [x.shape, mask.shape]);
  // Of no dims there is no position: one of size 1 stands for them.
  return shape.length === 0 ? [x.reshape([1]), mask.reshape([1])] : [x.expand(shape), mask.expand(shape)];
}

/**
 * The elements of x where the mask is true, row-major, as one dim; both broadcast. Throws DeviceError on a device that can
 * only be read asynchronously. torch.masked_select
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  return scratch([x], () => {
    const [whole, where] = broadcast(x, mask);
    return selected(whole, positions('maskedSelect', where));
  });
}

/** `maskedSelect` on every device. */
export async function maskedSelectAsync(x: Tensor, mask: Tensor): Promise<Tensor> {
  const [whole, where] = broadcast(x, mask);
  return selected(whole, await positionsAsync(where));
}

export interface NonzeroOptions {
  /** Return one list per dim, fit for `x.index([…])`, instead of a matrix. */
  readonly asTuple?: boolean;
}

function shaped(x: Tensor, found: Tensor, { asTuple = false }: NonzeroOptions): Tensor | Tensor[] {
  if (!asTuple) return found;
  return x.shape.length === 0 ? [found.zeros([found.shape[0] ?? 0])] : found.unbind(1);
}

/**
 * Where x is not 0: positions row-major as an [n, rank] int32 matrix, or with `asTuple` one list per dim. Throws DeviceError
 * on a device that can only be read asynchronously. torch.nonzero
 */
export function nonzero(x: Tensor, options: NonzeroOptions & { readonly asTuple: true }): Tensor[];
export function nonzero(x: Tensor, options?: NonzeroOptions): Tensor;
export function nonzero(x: Tensor, options: NonzeroOptions = {}): Tensor | Tensor[] {
  return shaped(x, positions('nonzero', x), options);
}

/** `nonzero` on every device. */
export function nonzeroAsync(x: Tensor, options: NonzeroOptions & { readonly asTuple: true }): Promise<Tensor[]>;
export function nonzeroAsync(x: Tensor, options?: NonzeroOptions): Promise<Tensor>;
export async function nonzeroAsync(x: Tensor, options: NonzeroOptions = {}): Promise<Tensor | Tensor[]> {
  return shaped(x, await positionsAsync(x), options);
}

/** `nonzero` as a matrix. torch.argwhere */
export function argwhere(x: Tensor): Tensor {
  return positions('argwhere', x);
}

/** `argwhere` on every device. */
export function argwhereAsync(x: Tensor): Promise<Tensor> {
  return positionsAsync(x);
}
