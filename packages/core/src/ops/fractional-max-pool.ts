// Max pooling over windows that begin at random steps: a draw per plane and dim says where. With α = (I − k) / (O − 1) window o
// begins at ⌊(o + u)·α⌋ − ⌊u·α⌋, the last one at I − k. The element that a window chooses is then read by its index, which is
// also the way back of the gradient.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { constant, mod, select, sizeOf, type Expr } from '../kernel/index.ts';
import type { Generator } from '../random/generator.ts';
import { rand } from '../random/random-tensors.ts';
import { sameShape } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { gather } from './gather-scatter.ts';
import { loopOp, runLoop } from './loop.ts';
import { asBatch, perDim, type PerDim } from './per-dim.ts';
import { max } from './reduction.ts';
import { scratch } from './scratch.ts';
import { checkFloat } from './windows.ts';

export interface FractionalMaxPoolOptions {
  /** The size of the result: one number, or one per dim. */
  readonly outputSize?: PerDim | null | undefined;
  /** The size of the result as a part of the input's, between 0 and 1; not beside `outputSize`. */
  readonly outputRatio?: PerDim | null | undefined;
  /** Also return where each value was found, counted row-major over the spatial dims (int32). Default false. */
  readonly returnIndices?: boolean;
  /** Draws from [0, 1), [N, C, number of spatial dims], instead of new ones. */
  readonly _randomSamples?: Tensor | null | undefined;
  readonly generator?: Generator;
}

/** Where windows begin along one dim: input 0 has a draw per plane. */
const startsOp = /* @__PURE__ */ loopOp('fractionalMaxPool', (k) => {
  const u = k.input(0);
  const [alpha, out, last] = [k.scalar(u.dtype), k.scalar('int32'), k.scalar('int32')];
  const o = mod(k.row, out);
  const start = o.cast(u.dtype).add(u).mul(alpha).cast('int32').sub(u.mul(alpha).cast('int32'));
  k.perElement(select(o.eq(out.sub(1)), last, start));
});

/** Where in its plane an element of a window lies: inputs are where windows begin along each dim. */
const placesOp = /* @__PURE__ */ loopOp('fractionalMaxPool', (k, rank: number) => {
  let rest: Expr = k.row;
  let place: Expr = constant(0, 'int32');
  let planeStride: Expr = constant(1, 'int32');
  for (let d = rank - 1; d >= 0; d--) {
    const [kernel, size] = [k.scalar('int32'), k.scalar('int32')];
    place = place.add(k.input(d).add(mod(rest, kernel)).mul(planeStride));
    planeStride = planeStride.mul(size);
    rest = rest.div(kernel);
  }
  k.perElement(place);
});

interface Sizes {
  readonly image: readonly number[];
  readonly kernel: readonly number[];
  readonly out: readonly number[];
}

function outOf(
  op: string,
  image: readonly number[],
  { outputSize, outputRatio }: FractionalMaxPoolOptions,
): readonly number[] {
  if (typeof outputSize === 'number' || outputSize) return perDim(op, 'outputSize', outputSize, image.length, 1);
  if (typeof outputRatio !== 'number' && !outputRatio)
    throw new ValueError(op, 'there is neither outputSize nor outputRatio. Give one of them.');
  const ratios = typeof outputRatio === 'number' ? image.map(() => outputRatio) : outputRatio;
  const out = image.map((n, d) => Math.trunc(n * (ratios[d] ?? Number.NaN)));
  if (ratios.length === image.length && out.every((n) => n > 0)) return out;
  throw new ValueError(
    op,
    `outputRatio ${show(ratios)} makes ${show(out)} of ${show(image)}. Give one number, or ${image.length}, that leave something.`,
  );
}

function sizesOf(op: string, x: Tensor, kernelSize: PerDim, options: FractionalMaxPoolOptions): Sizes {
  const image = x.shape.slice(2);
  const kernel = perDim(op, 'kernelSize', kernelSize, image.length, 1);
  const out = outOf(op, image, options);
  if (out.some((n, d) => n + (kernel[d] ?? 1) - 1 > (image[d] ?? 0))) {
    throw new ShapeError(
      op,
      `windows of ${show(kernel)} do not give ${show(out)} of the input ${show(x.shape)}. Use outputSize + kernelSize − 1 up to the input's size.`,
    );
  }
  return { image, kernel, out };
}

function samplesFor(op: string, x: Tensor, rank: number, options: FractionalMaxPoolOptions): Tensor {
  const { _randomSamples: given, generator } = options;
  const shape = [...x.shape.slice(0, 2), rank];
  if (!given) return rand(shape, { dtype: x.dtype, device: x.device, ...(generator && { generator }) });
  checkOperands(op, [x, given]);
  if (given.dtype !== x.dtype)
    throw new DTypeError(
      op,
      `the input is ${x.dtype}, _randomSamples ${given.dtype}. Convert with \`.to('${x.dtype}')\`.`,
    );
  if (sameShape(given.shape, shape)) return given.detach();
  throw new ShapeError(
    op,
    `_randomSamples has shape ${show(given.shape)}, the input ${show(x.shape)}. It must be ${show(shape)}.`,
  );
}

/** Which element of its plane each window chooses, [N, C, ∏out]. */
function choose(x: Tensor, samples: Tensor, { image, kernel, out }: Sizes): Tensor {
  const rank = image.length;
  const batch = x.shape.slice(0, 2);
  const blank = [...image, ...image].map(() => 1);
  const starts = image.map((n, d) => {
    const [k = 1, o = 1] = [kernel[d], out[d]];
    // Two dims take their draws in turn, the last dim first; three in order.
    const u = samples.narrow(2, rank === 2 ? 1 - d : d, 1);
    const scalars = [o > 1 ? (n - k) / (o - 1) : 0, o, n - k];
    const [start] = runLoop(startsOp([u]), [u], { shape: [...batch, o], scalars }) as [Tensor];
    return start.reshape([...batch, ...blank.with(d, o)]);
  });
  const shape = [...batch, ...out, ...kernel];
  const scalars = kernel.map((k, d) => [k, image[d] ?? 1]).reverse().flat(); // prettier-ignore
  const [places] = runLoop(placesOp(starts, rank), starts, { shape, scalars }) as [Tensor];
  const flat = places.reshape([...batch, sizeOf(out) * sizeOf(kernel)]);
  const windows = [...batch, sizeOf(out), sizeOf(kernel)];
  const { indices } = max(gather(x.detach().flatten(2), 2, flat).reshape(windows), 3, { keepdim: true });
  return gather(flat.reshape(windows), 3, indices).squeeze(3);
}

/** With `returnIndices` the values and where they were found, else the values alone. */
export interface FractionalMaxPool {
  (x: Tensor, kernelSize: PerDim, options: FractionalMaxPoolOptions & { readonly returnIndices?: false }): Tensor;
  (
    x: Tensor,
    kernelSize: PerDim,
    options: FractionalMaxPoolOptions & { readonly returnIndices: true },
  ): [output: Tensor, indices: Tensor];
  (x: Tensor, kernelSize: PerDim, options: FractionalMaxPoolOptions): Tensor | [output: Tensor, indices: Tensor];
}

function fractionalMaxPool(rank: number): FractionalMaxPool {
  const op = `fractionalMaxPool${rank}d`;
  const pool = (
    input: Tensor,
    kernelSize: PerDim,
    options: FractionalMaxPoolOptions = {},
  ): Tensor | [Tensor, Tensor] => {
    checkFloat(op, input);
    return scratch([input], () =>
      asBatch(op, input, rank, (x, finish) => {
        const sizes = sizesOf(op, x, kernelSize, options);
        const indices = noGrad(() => tidy(() => choose(x, samplesFor(op, x, rank, options), sizes)));
        const shape = [...x.shape.slice(0, 2), ...sizes.out];
        const values = finish(gather(x.flatten(2), 2, indices).reshape(shape));
        return options.returnIndices ? [values, finish(indices.reshape(shape))] : values;
      }),
    );
  };
  return pool as FractionalMaxPool;
}

/**
 * The largest of windows of one size that begin at random, about evenly spaced places: x [N, C, H, W] or [C, H, W] of floats to
 * `outputSize`, or to ⌊size · outputRatio⌋. Draws two numbers per plane. Throws ShapeError where so many windows do not fit,
 * ValueError where a ratio leaves nothing.
 * https://arxiv.org/abs/1412.6071. torch.nn.functional.fractional_max_pool2d
 */
export const fractionalMaxPool2d: FractionalMaxPool = /* @__PURE__ */ fractionalMaxPool(2);

/** As fractionalMaxPool2d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.fractional_max_pool3d */
export const fractionalMaxPool3d: FractionalMaxPool = /* @__PURE__ */ fractionalMaxPool(3);
