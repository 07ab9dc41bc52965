import { ShapeError, show, ValueError, type Tensor } from '@rushlight/core';

/** Which side of a layer keeps the variance of what passes: forward 'fan_in', backward 'fan_out'. */
export type FanMode = 'fan_in' | 'fan_out';

/** How many inputs and outputs an element of a weight meets: [out, in, *kernel]. Throws ShapeError below 2 dims. */
export function fansOf(op: string, w: Tensor): { fanIn: number; fanOut: number } {
  const [out, into, ...kernel] = w.shape;
  if (out === undefined || into === undefined) {
    throw new ShapeError(
      op,
      `a weight of shape ${show(w.shape)} has no fan in and fan out. Use one of at least 2 dims.`,
    );
  }
  const field = kernel.reduce((product, n) => product * n, 1);
  return { fanIn: into * field, fanOut: out * field };
}

export function fanOf(op: string, w: Tensor, mode: FanMode): number {
  const { fanIn, fanOut } = fansOf(op, w);
  if (mode === 'fan_in') return fanIn;
  if (mode === 'fan_out') return fanOut;
  throw new ValueError(op, `there is no mode "${String(mode)}". Use 'fan_in' or 'fan_out'.`);
}
