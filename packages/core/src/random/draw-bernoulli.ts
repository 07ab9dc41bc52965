import { ValueError } from '../errors.ts';
import type { DType, TypedArray } from '../kernel/dtype.ts';
import { unitUniform } from './draw-uniform.ts';
import { fillHost, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';

/**
 * `length` numbers that are 1 with probability p and 0 otherwise. It draws float64 uniforms, as PyTorch does where it runs
 * without MKL. Throws a ValueError unless 0 <= p <= 1.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.bernoulli_.html
 */
export function drawBernoulli(generator: Generator, dtype: DType, length: number, p = 0.5): TypedArray {
  if (!(p >= 0 && p <= 1))
    throw new ValueError('bernoulli_', `the probability ${p} is not between 0 and 1. Pass one that is.`);
  return fillHost(dtype, length, () => Number(generator.uniform() < p));
}

/**
 * For each probability (decoded, if float16) 1 with that probability and 0 otherwise. The uniforms are of the probabilities' own
 * dtype, `from`. Throws a ValueError naming the first probability that is not between 0 and 1.
 * https://pytorch.org/docs/1.13/generated/torch.bernoulli.html
 */
export function drawBernoulliEach(
  generator: Generator,
  dtype: DType,
  probabilities: ArrayLike<number>,
  from: FloatDType,
): TypedArray {
  const wrong = Array.prototype.findIndex.call(probabilities, (p: number) => !(p >= 0 && p <= 1));
  if (wrong >= 0) {
    throw new ValueError(
      'bernoulli',
      `the probability ${probabilities[wrong]} at ${wrong} is not between 0 and 1. Pass probabilities, for example a sigmoid.`,
    );
  }
  const unit = unitUniform(generator, from === 'float64' ? from : 'float32');
  return fillHost(dtype, probabilities.length, (i) => Number(unit() < (probabilities[i] ?? 0)));
}
