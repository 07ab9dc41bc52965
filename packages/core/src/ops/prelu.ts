import { autocasting } from '../autocast-mode.ts';
import { ShapeError, show } from '../errors.ts';
import { select } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

const preluOp = loopOp('prelu', (k) => {
  const [x, slope] = [k.input(0), k.input(1)];
  k.perElement(select(x.gt(0), x, x.mul(slope)));
});

/**
 * x where positive, weight · x elsewhere: one weight for all, or one per channel (dim 1). Throws ShapeError for any other
 * number of weights. https://arxiv.org/abs/1502.01852. torch.prelu
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('prelu', prelu, [x, weight]);
  const channels = x.shape[1] ?? 1;
  const count = weight.numel();
  if (weight.shape.length > 1 || (count !== 1 && count !== channels)) {
    throw new ShapeError(
      'prelu',
      `the weight ${show(weight.shape)} does not fit the input ${show(x.shape)}. Give 1 weight, or ${channels}, one per channel.`,
    );
  }
  const slope = weight.reshape(count === 1 ? [] : [count, ...x.shape.slice(2).map(() => 1)]);
  const inputs = [x, slope];
  return runLoop(preluOp(inputs), inputs)[0] as Tensor;
}
