import { autocasting, DTypeError, isFloat, ShapeError, show, type Tensor } from '@rushlight/core';

export interface BilinearOptions {
  /** A summand per output, [O]. Default 0. */
  readonly bias?: Tensor | null | undefined;
}

/**
 * yₒ = x1ᵀ Wₒ x2 + bₒ: from x1 [*, I] and x2 [*, J], of the same leading dims, with a weight [O, I, J] to [*, O]. Two products.
 * Throws ShapeError or DTypeError for operands that do not fit. torch.nn.functional.bilinear
 */
export function bilinear(x1: Tensor, x2: Tensor, weight: Tensor, { bias }: BilinearOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('bilinear', bilinear, [x1, x2, weight, { bias }]);
  const op = 'bilinear';
  const [outputs = 0, first = 0, second = 0] = weight.shape;
  if (weight.ndim !== 3)
    throw new ShapeError(op, `the weight has shape ${show(weight.shape)}. It must be [outputs, in1, in2].`);
  const leading = x1.shape.slice(0, -1);
  if (x1.ndim === 0 || x1.shape.at(-1) !== first || show(x2.shape) !== show([...leading, second])) {
    throw new ShapeError(
      op,
      `the inputs have shapes ${show(x1.shape)} and ${show(x2.shape)}, the weight ${show(weight.shape)}. Pass [*, ${first}] and [*, ${second}] with the same leading dims.`,
    );
  }
  if (bias && show(bias.shape) !== show([outputs]))
    throw new ShapeError(op, `the bias has shape ${show(bias.shape)}. It must be [${outputs}], one number per output.`);
  for (const [name, x] of Object.entries({ x1, x2, bias })) {
    if (!x || (isFloat(weight.dtype) && x.dtype === weight.dtype)) continue;
    throw new DTypeError(op, `${name} is ${x.dtype}, the weight ${weight.dtype}. Give all the same float dtype.`);
  }
  const rows = leading.reduce((product, n) => product * n, 1);
  const left = x1.reshape([rows, first]).matmul(weight.permute([1, 0, 2]).reshape([first, outputs * second]));
  const y = left
    .reshape([rows, outputs, second])
    .matmul(x2.reshape([rows, second, 1]))
    .reshape([...leading, outputs]);
  return bias ? y.add(bias) : y;
}
