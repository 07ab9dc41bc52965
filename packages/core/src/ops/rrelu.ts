import { DTypeError, ValueError } from '../errors.ts';
import { isFloat, select } from '../kernel/index.ts';
import { defaultGenerator } from '../random/default-generator.ts';
import type { Generator } from '../random/generator.ts';
import type { Tensor } from '../tensor.ts';
import { drawKey, uniformNoise } from './counter-noise.ts';
import { loopOp, runLoop } from './loop.ts';

export interface RReLUOptions {
  /** The least slope. Default 1/8. */
  readonly lower?: number;
  /** The greatest slope. Default 1/3. */
  readonly upper?: number;
  /** Whether each element has a slope of its own, drawn between them; else all have the mean. Default false. */
  readonly training?: boolean;
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
  readonly generator?: Generator;
}

const rreluOp = loopOp('rrelu', (k, training: boolean) => {
  const x = k.input(0);
  if (training) {
    const noise = uniformNoise(k).cast(x.dtype);
    const [lower, range] = [k.scalar(x.dtype), k.scalar(x.dtype)];
    k.perElement(select(x.le(0), x.mul(noise.mul(range).add(lower)), x));
  } else k.perElement(select(x.gt(0), x, x.mul(k.scalar(x.dtype))));
});

/**
 * x where positive, slope·x elsewhere: in training each slope is drawn from [lower, upper), as dropout draws, otherwise it is
 * their mean. Throws ValueError for a lower bound above the upper one or one that is infinite, DTypeError for integers.
 * https://arxiv.org/abs/1505.00853. torch.nn.functional.rrelu
 */
export function rrelu(x: Tensor, options: RReLUOptions = {}): Tensor {
  const { lower = 1 / 8, upper = 1 / 3, training = false, inplace = false, generator = defaultGenerator() } = options;
  if (!(lower <= upper && Number.isFinite(upper - lower)))
    throw new ValueError('rrelu', `the slopes go from ${lower} to ${upper}. Give two numbers, the lower one first.`);
  if (!isFloat(x.dtype))
    throw new DTypeError('rrelu', `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  const scalars = training ? [...drawKey(generator), lower, upper - lower] : [(lower + upper) / 2];
  return runLoop(rreluOp([x], training), [x], { scalars, ...(inplace && { inplace: [x] }) })[0] as Tensor;
}

/** `rrelu` in x itself. torch.nn.functional.rrelu_ */
export function rrelu_(x: Tensor, options: Omit<RReLUOptions, 'inplace'> = {}): Tensor {
  return rrelu(x, { ...options, inplace: true });
}
