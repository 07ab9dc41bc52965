import { DTypeError, empty, exponential_, isFloat, loopOp, max, noGrad, runLoop, ValueError, type Generator, type Tensor } from '@rushlight/core'; // prettier-ignore
import { constant, override, select } from '@rushlight/core/kernel';

export interface GumbelSoftmaxOptions {
  /** The temperature: the lower, the nearer to one-hot. Default 1. */
  readonly tau?: number;
  /** Return one-hot vectors, whose gradient is that of the soft ones. Default false. */
  readonly hard?: boolean;
  readonly generator?: Generator;
}

/** 1 in the column that input 1 says, 0 elsewhere; the gradient is that of input 0 as it is. */
const straightThrough = loopOp('gumbelSoftmax', (k) => {
  const [soft, chosen] = [k.input(0), k.input(1)];
  const hot = select(k.column.eq(chosen), constant(1, soft.dtype), 0);
  k.perElement(override(hot, [[soft, 1]]));
});

/**
 * softmax((logits + g) / tau) along a dim (the last by default), g drawn from the standard Gumbel distribution with the numbers
 * that PyTorch's CPU generator gives: a differentiable draw of a category. `logits`: floats of any shape, the result has it.
 * Throws DTypeError for integers, ValueError for a tau that is not positive.
 * https://arxiv.org/abs/1611.01144. torch.nn.functional.gumbel_softmax
 *
 * @example
 * gumbelSoftmax(randn([3, 5]), { tau: 0.5, hard: true });
 */
export function gumbelSoftmax(
  logits: Tensor,
  dim: number | GumbelSoftmaxOptions = -1,
  options: GumbelSoftmaxOptions = {},
): Tensor {
  if (typeof dim !== 'number') return gumbelSoftmax(logits, -1, dim);
  const { tau = 1, hard = false, generator } = options;
  const { dtype, shape, device } = logits;
  if (!isFloat(dtype))
    throw new DTypeError('gumbelSoftmax', `the logits are ${dtype}. They must be floats: convert with \`.to('float32')\`.`); // prettier-ignore
  if (!(tau > 0)) throw new ValueError('gumbelSoftmax', `tau is ${tau}. It must be > 0.`);
  const noise = noGrad(() => exponential_(empty(shape, { dtype, device }), generator ? { generator } : {}).log_());
  const soft = logits.sub(noise).div(tau).softmax(dim);
  if (!hard || shape.length === 0) return soft;
  const inputs = [soft, max(soft.detach(), dim, { keepdim: true }).indices];
  const columns = [dim < 0 ? dim + shape.length : dim];
  return runLoop(straightThrough(inputs), inputs, { columns })[0] as Tensor;
}
