// All parameters, or all their gradients, as one vector; and the few operations on such vectors that L-BFGS is made of.

import { cat, loopOp, noGrad, runLoop, stack, tidy, zeros, type Tensor } from '@rushlight/core';
import { abs } from '@rushlight/core/kernel';

const dotOp = loopOp('LBFGS', (k) => {
  const x = k.input(0);
  k.perRow(k.sum(x.mul(k.input(1))).mul(k.scalar(x.dtype)));
});
const largestOp = loopOp('LBFGS', (k) => k.perRow(k.max(abs(k.input(0)))));
const sumOp = loopOp('LBFGS', (k) => k.perRow(k.sum(abs(k.input(0)))));
const subtractOp = loopOp('LBFGS', (k) => k.perElement(k.input(0).sub(k.input(1).mul(k.input(2)))));
const moveOp = loopOp('LBFGS', (k, origin: number) => {
  const x = k.input(origin);
  k.perElement(x.add(k.input(1).mul(k.scalar(x.dtype))));
});

const columns = [0];
const only = ([x]: readonly Tensor[]): Tensor => x as Tensor;

/** factor · Σ xᵢ yᵢ */
export const dot = (x: Tensor, y: Tensor, factor = 1): Tensor =>
  only(runLoop(dotOp([x, y]), [x, y], { columns, scalars: [factor] }));
/** The largest |xᵢ|. */
export const largest = (x: Tensor): Tensor => only(runLoop(largestOp([x]), [x], { columns }));
/** Σ |xᵢ| */
export const sizeSum = (x: Tensor): Tensor => only(runLoop(sumOp([x]), [x], { columns }));
/** x ← x − y·factor, a 0-dim tensor. */
export function subtract_(x: Tensor, y: Tensor, factor: Tensor): void {
  runLoop(subtractOp([x, y, factor]), [x, y, factor], { inplace: [x] });
}

/** 0-dim tensors of one dtype as numbers, by one read. */
export async function numbersOf(make: () => readonly Tensor[]): Promise<number[]> {
  const list = noGrad(() => tidy(() => stack(make())));
  try {
    return (await list.toArray()) as number[];
  } finally {
    list.dispose();
  }
}

/** The gradients of all parameters, zeros for those that have none. */
export const flatGrad = (params: readonly Tensor[]): Tensor =>
  joined(() => params.map((p) => p.ownGrad?.detach() ?? zeros(p.shape, { dtype: p.dtype, device: p.device })));

/** The parameters themselves, copied. */
export const flatParams = (params: readonly Tensor[]): Tensor => joined(() => params.map((p) => p.detach()));

const joined = (make: () => readonly Tensor[]): Tensor =>
  noGrad(() => tidy(() => cat(make().map((x) => x.reshape([-1])))));

/** param ← origin + step·direction for every parameter; without an origin, from where it is. */
export function move(params: readonly Tensor[], step: number, direction: Tensor, origin?: Tensor): void {
  noGrad(() => {
    let start = 0;
    for (const param of params) {
      const length = param.numel();
      const part = (vector: Tensor): Tensor => vector.narrow(0, start, length).view(param.shape);
      const inputs = [param, part(direction), ...(origin ? [part(origin)] : [])];
      runLoop(moveOp(inputs, origin ? 2 : 0), inputs, { inplace: [param], scalars: [step] });
      start += length;
    }
  });
}
