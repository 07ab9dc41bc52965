// Methods whose function has its operands in another order, or stands among others that are no methods.

import * as random from '../random/random-tensors.ts';
import type { Tensor } from '../tensor.ts';
import { polygamma as polygammaOf } from './gamma.ts';

/** The n-th derivative of digamma at x. torch.Tensor.polygamma */
export function polygamma(x: Tensor, n: number): Tensor {
  return polygammaOf(n, x);
}

/** 1 with the probability that each element gives, or that an option does, else 0. torch.Tensor.bernoulli */
export function bernoulli(x: Tensor, options: random.BernoulliOptions = {}): Tensor {
  return random.bernoulli(x, options);
}

/** `numSamples` positions per row of weights. torch.Tensor.multinomial */
export function multinomial(x: Tensor, numSamples: number, options: random.MultinomialOptions = {}): Tensor {
  return random.multinomial(x, numSamples, options);
}
