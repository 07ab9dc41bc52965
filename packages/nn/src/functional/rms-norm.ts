import { autocasting, DTypeError, isFloat, loopOp, runLoop, ShapeError, show, type Tensor } from '@rushlight/core';
import { constant, sqrt } from '@rushlight/core/kernel';

export interface RMSNormOptions {
  /** A factor per element, of the normalized shape. Default 1. */
  readonly weight?: Tensor | null | undefined;
  /** Added to the mean of the squares. Default: the distance from 1 to the next number of the dtype. */
  readonly eps?: number | null | undefined;
}

const rmsNormOp = loopOp('rmsNorm', (k, hasWeight: boolean) => {
  const x = k.input(0);
  const mean = k.sum(x.square()).div(k.scalar(x.dtype));
  const value = x.mul(constant(1, x.dtype).div(sqrt(mean.add(k.scalar(x.dtype)))));
  k.perElement(hasWeight ? value.mul(k.input(1)) : value);
});

const epsilons: Readonly<Record<string, number>> = { float16: 2 ** -10, float32: 2 ** -23, float64: 2 ** -52 };

/**
 * x / √(mean of x² + ε) · weight, the mean taken over the last dims, which have the normalized shape: one kernel. `x` is a float
 * tensor [*, ...normalizedShape], the result has its shape. Throws ShapeError where it does not end in that shape, or the weight
 * has another, DTypeError for other dtypes than that of x.
 * https://arxiv.org/abs/1910.07467. torch.nn.functional.rms_norm (PyTorch 2)
 */
export function rmsNorm(x: Tensor, normalizedShape: readonly number[], { weight, eps }: RMSNormOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('rmsNorm', rmsNorm, [x, normalizedShape, { weight, eps }]);
  const op = 'rmsNorm';
  if (!isFloat(x.dtype))
    throw new DTypeError(op, `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  if (normalizedShape.length === 0) throw new ShapeError(op, 'the normalized shape is []. It needs at least one dim.');
  const first = x.shape.length - normalizedShape.length;
  if (first < 0 || show(x.shape.slice(first)) !== show(normalizedShape)) {
    throw new ShapeError(
      op,
      `the input ${show(x.shape)} does not end in the normalized shape ${show(normalizedShape)}. Pass [*, ${normalizedShape.join(', ')}].`,
    );
  }
  if (weight && show(weight.shape) !== show(normalizedShape)) {
    throw new ShapeError(
      op,
      `the weight has shape ${show(weight.shape)}, the normalized shape is ${show(normalizedShape)}. They must be equal.`,
    );
  }
  if (weight && weight.dtype !== x.dtype) {
    throw new DTypeError(
      op,
      `the weight is ${weight.dtype}, the input ${x.dtype}. Convert one with \`.to('${x.dtype}')\`.`,
    );
  }
  const inputs = weight ? [x, weight] : [x];
  const columns = normalizedShape.map((_, d) => first + d);
  const count = normalizedShape.reduce((product, n) => product * n, 1);
  const scalars = [count, eps ?? epsilons[x.dtype] ?? 0];
  return runLoop(rmsNormOp(inputs, Boolean(weight)), inputs, { columns, scalars })[0] as Tensor;
}
