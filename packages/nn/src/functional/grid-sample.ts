// Reading an image where a grid says. One loop turns coordinates into taps: where each of the elements around a point lies,
// whether it is there, and its weight, through which the gradient of the grid flows. The taps are gathered and summed.

import {
  autocasting, DTypeError, gather, isFloat, loopOp, runLoop, scratch, ShapeError, show, ValueError, type LoopBuilder, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { abs, constant, floor, mod, round, select, type Expr } from '@rushlight/core/kernel';

const modes = ['bilinear', 'nearest', 'bicubic'] as const;
const paddingModes = ['zeros', 'border', 'reflection'] as const;
type Mode = (typeof modes)[number];
type PaddingMode = (typeof paddingModes)[number];

export interface GridSampleOptions {
  /** How values between elements are made; 'bilinear' of volumes is trilinear, 'bicubic' is for images alone. Default 'bilinear'. */
  readonly mode?: Mode;
  /** What lies outside: zeros, the nearest edge, or the inside mirrored. Default 'zeros'. */
  readonly paddingMode?: PaddingMode;
  /** Whether −1 and 1 are the centres of the outermost elements; else they are the edges of the image. Default false. */
  readonly alignCorners?: boolean;
}

/** From −1 … 1 to 0 … size − 1. */
function unnormalize(g: Expr, size: Expr, alignCorners: boolean): Expr {
  const from = g.add(1);
  return alignCorners ? from.mul(size.sub(1)).div(2) : from.mul(size).sub(1).div(2);
}

/** Into 0 … size − 1; on and behind an edge there is no gradient, NaN becomes 0. */
const clip = (x: Expr, size: Expr): Expr => select(x.gt(0), select(x.lt(size.sub(1)), x, size.sub(1)), 0);

/** Mirrored at the edges as often as it takes. */
function reflect(x: Expr, size: Expr, alignCorners: boolean): Expr {
  const low = constant(alignCorners ? 0 : -0.5, x.dtype);
  const span = alignCorners ? size.sub(1) : size;
  const from = abs(x.sub(low));
  const times = floor(from.div(span));
  const rest = from.sub(times.mul(span));
  const isEven = mod(times, 2).eq(0);
  return select(span.eq(0), 0, select(isEven, rest.add(low), span.sub(rest).add(low)));
}

function inside(x: Expr, size: Expr, padding: PaddingMode, alignCorners: boolean): Expr {
  if (padding === 'zeros') return x;
  return clip(padding === 'border' ? x : reflect(x, size, alignCorners), size);
}

/** Keys' kernel with A = −0.75 for a tap at `distance`, on the near (< 1) or the far side. https://doi.org/10.1109/TASSP.1981.1163711 */
const A = -0.75;
const near = (x: Expr): Expr => x.mul(A + 2).sub(A + 3).mul(x).mul(x).add(1); // prettier-ignore
const far = (x: Expr): Expr => x.mul(A).sub(5 * A).mul(x).add(8 * A).mul(x).sub(4 * A); // prettier-ignore

/** How many elements along a dim take part. */
const tapsOf = { nearest: 1, bilinear: 2, bicubic: 4 } as const;

/** Tap `t` along one dim: where it is, and its weight. */
function tapAt(x: Expr, t: Expr, mode: Mode): { at: Expr; weight: Expr | undefined } {
  if (mode === 'nearest') return { at: round(x), weight: undefined };
  const base = floor(x);
  const f = x.sub(base);
  if (mode === 'bilinear') {
    const isFirst = t.eq(0);
    return { at: select(isFirst, base, base.add(1)), weight: select(isFirst, f.neg().add(1), f) };
  }
  const inner = select(t.eq(1), near(f), near(f.neg().add(1)));
  const outer = select(t.eq(0), far(f.add(1)), far(f.neg().add(2)));
  return {
    at: base.add(t.cast(x.dtype)).sub(1),
    weight: select(t.eq(1).or(t.eq(2)), inner, outer),
  };
}

/** Inputs are coordinates, the last dim's first; [N, taps, points]. Gives weights, places in the plane, and whether they exist. */
const tapsOp = /* @__PURE__ */ loopOp(
  'gridSample',
  (k: LoopBuilder, rank: number, mode: Mode, padding: PaddingMode, alignCorners: boolean) => {
    const taps = tapsOf[mode];
    let tap = mod(k.row.div(k.scalar('int32')), taps ** rank);
    let weight: Expr | undefined;
    let isThere: Expr = constant(1, 'bool');
    let place: Expr = constant(0, 'int32');
    let planeStride: Expr = constant(1, 'int32');
    for (let d = 0; d < rank; d++) {
      const g = k.input(d);
      const [size, count] = [k.scalar(g.dtype), k.scalar('int32')];
      const raw = unnormalize(g, size, alignCorners);
      // A cubic spreads from where the grid points, and each of its taps is brought inside by itself.
      const x = mode === 'bicubic' ? raw : inside(raw, size, padding, alignCorners);
      const found = tapAt(x, mod(tap, taps), mode);
      const at = mode === 'bicubic' ? inside(found.at, size, padding, alignCorners) : found.at;
      isThere = isThere.and(at.ge(0)).and(at.lt(size));
      place = place.add(at.cast('int32').mul(planeStride));
      planeStride = planeStride.mul(count);
      if (found.weight) weight = weight ? weight.mul(found.weight) : found.weight;
      tap = tap.div(taps);
    }
    k.perElement(weight ?? constant(1, k.input(0).dtype));
    k.perElement(select(isThere, place, 0));
    k.perElement(isThere);
  },
);

const sumOp = /* @__PURE__ */ loopOp('gridSample', (k) => {
  const [value, weight, isThere] = [k.input(0), k.input(1), k.input(2)];
  // What is not there counts as 0, but a weight that is NaN shows.
  k.perRow(k.sum(select(isThere, value, 0).mul(weight)));
});

function check(x: Tensor, grid: Tensor, mode: Mode, paddingMode: PaddingMode): number {
  const op = 'gridSample';
  if (!modes.includes(mode)) throw new ValueError(op, `there is no mode '${String(mode)}'. Use ${modes.join(', ')}.`);
  if (!paddingModes.includes(paddingMode))
    throw new ValueError(op, `there is no paddingMode '${String(paddingMode)}'. Use ${paddingModes.join(', ')}.`);
  if (!isFloat(x.dtype) || grid.dtype !== x.dtype) {
    throw new DTypeError(
      op,
      `the input is ${x.dtype}, the grid ${grid.dtype}. Both must have one float dtype: convert with \`.to('float32')\`.`,
    );
  }
  const rank = x.shape.length - 2;
  if ((rank !== 2 && rank !== 3) || grid.shape.length !== rank + 2 || grid.shape.at(-1) !== rank) {
    throw new ShapeError(
      op,
      `the input ${show(x.shape)} and the grid ${show(grid.shape)} do not fit. Use [N, C, H, W] and [N, h, w, 2], or [N, C, D, H, W] and [N, d, h, w, 3].`,
    );
  }
  if (x.shape[0] !== grid.shape[0])
    throw new ShapeError(
      op,
      `the input ${show(x.shape)} and the grid ${show(grid.shape)} have different batch sizes. Make them equal.`,
    );
  if (x.shape.slice(2).includes(0))
    throw new ShapeError(op, `the input ${show(x.shape)} has no elements. Only batch and channels may be empty.`);
  if (mode === 'bicubic' && rank !== 2)
    throw new ValueError(op, `mode 'bicubic' takes images, not ${show(x.shape)}. Use 'bilinear'.`);
  return rank;
}

/**
 * Samples an image where a grid says: x [N, C, H, W] and grid [N, h, w, 2] give [N, C, h, w]; of volumes [N, C, D, H, W] with
 * grids [N, d, h, w, 3] alike. The last dim of the grid holds (x, y) or (x, y, z), from −1 at the left, top and front to 1;
 * x moves along the last dim of the image. Gradients flow to both (with 'nearest' to the image alone). Throws ShapeError,
 * DTypeError or ValueError for what does not fit. torch.nn.functional.grid_sample
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false }: GridSampleOptions = {},
): Tensor {
  const region = autocasting();
  if (region) return region.run('gridSample', gridSample, [x, grid, { mode, paddingMode, alignCorners }]);
  const rank = check(x, grid, mode, paddingMode);
  const [batch = 0, channels = 0, ...image] = x.shape;
  const out = grid.shape.slice(1, -1);
  const points = out.reduce((product, n) => product * n, 1);
  const taps = tapsOf[mode] ** rank;
  return scratch([x, grid], () => {
    const shape = [batch, taps, points];
    const coordinates = image.map((_, d) => grid.select(-1, d).reshape([batch, 1, points]).expand(shape));
    const scalars = [points, ...image.toReversed().flatMap((n) => [n, n])];
    const run = tapsOp(coordinates, rank, mode, paddingMode, alignCorners);
    const [weight, place, isThere] = runLoop(run, coordinates, { scalars }) as [Tensor, Tensor, Tensor];
    const index = place.reshape([batch, 1, taps * points]).expand([batch, channels, taps * points]);
    const values = gather(x.flatten(2), 2, index).reshape([batch, channels, taps, points]);
    const inputs = [values, weight.unsqueeze(1), isThere.unsqueeze(1)];
    const [sum] = runLoop(sumOp(inputs), inputs, { columns: [2] }) as [Tensor];
    return sum.reshape([batch, channels, ...out]);
  });
}
