import { autocasting, DTypeError, isFloat, loopOp, runLoop, ShapeError, show, type Tensor } from '@rushlight/core';
import { normalize } from './normalize.ts';

export interface LayerNormOptions {
  /** A factor per element, of the normalized shape. Default 1. */
  readonly weight?: Tensor | null | undefined;
  /** A summand per element, of the normalized shape. Default 0. */
  readonly bias?: Tensor | null | undefined;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

const layerNormOp = loopOp('layerNorm', (k, hasWeight: boolean, hasBias: boolean) => {
  const { value } = normalize(k);
  const scaled = hasWeight ? value.mul(k.input(1)) : value;
  k.perElement(hasBias ? scaled.add(k.input(hasWeight ? 2 : 1)) : scaled);
});

/**
 * (x − mean) / √(variance + ε) · weight + bias, mean and variance taken over the last dims, which have the normalized shape:
 * one kernel. `x` is a float tensor [*, ...normalizedShape], the result has its shape. Throws ShapeError where it does not end
 * in that shape, or weight or bias have another, DTypeError for other dtypes than that of x.
 * https://arxiv.org/abs/1607.06450. torch.nn.functional.layer_norm
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  { weight, bias, eps = 1e-5 }: LayerNormOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('layerNorm', layerNorm, [x, normalizedShape, { weight, bias, eps }]);
  if (!isFloat(x.dtype))
    throw new DTypeError('layerNorm', `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  const rank = x.shape.length;
  const first = rank - normalizedShape.length;
  if (normalizedShape.length === 0)
    throw new ShapeError('layerNorm', 'the normalized shape is []. It needs at least one dim.');
  if (first < 0 || show(x.shape.slice(first)) !== show(normalizedShape)) {
    throw new ShapeError(
      'layerNorm',
      `the input ${show(x.shape)} does not end in the normalized shape ${show(normalizedShape)}. Pass [*, ${normalizedShape.join(', ')}].`,
    );
  }
  const inputs = [x];
  for (const [name, operand] of [
    ['weight', weight],
    ['bias', bias],
  ] as const) {
    if (!operand) continue;
    if (show(operand.shape) !== show(normalizedShape)) {
      throw new ShapeError(
        'layerNorm',
        `the ${name} has shape ${show(operand.shape)}, the normalized shape is ${show(normalizedShape)}. They must be equal.`,
      );
    }
    if (operand.dtype !== x.dtype) {
      throw new DTypeError(
        'layerNorm',
        `the ${name} is ${operand.dtype}, the input ${x.dtype}. Convert one with \`.to('${x.dtype}')\`.`,
      );
    }
    inputs.push(operand);
  }
  const columns = normalizedShape.map((_, d) => first + d);
  const count = normalizedShape.reduce((product, n) => product * n, 1);
  const op = layerNormOp(inputs, Boolean(weight), Boolean(bias));
  return runLoop(op, inputs, { columns, scalars: [count, eps] })[0] as Tensor;
}
