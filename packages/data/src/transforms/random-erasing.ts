import { defaultGenerator, drawNormal, tensor, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { checkProbability, checkRange, happens, integer, uniform } from './draws.ts';
import { roundEven } from './round-even.ts';
import { TensorTransform } from './tensor-transform.ts';

/** Options of `RandomErasing`. */
export interface RandomErasingOptions {
  /** How probable it is. Default 0.5. */
  readonly p?: number;
  /** Between which parts of the image's area the erased one is drawn. Default [0.02, 0.33]. */
  readonly scale?: readonly [from: number, to: number];
  /** Between what the erased rectangle's height / width is drawn, by its logarithm. Default [0.3, 3.3]. */
  readonly ratio?: readonly [from: number, to: number];
  /** What is put there: a number, one for each channel, or 'random' for normal numbers. Default 0. */
  readonly value?: number | readonly number[] | 'random';
  /** Erase in the tensor itself. Default false. */
  readonly inplace?: boolean;
}

/**
 * A rectangle of random size, shape and place erased, with probability p. Takes tensors [..., C, H, W]; a batch is erased at one
 * place. Tosses, draws area and ratio up to ten times until the rectangle fits, the normal numbers, then the top and the left.
 * Throws a ValueError for what is no range, or values of another number of channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomErasing.html
 */
export class RandomErasing extends TensorTransform {
  /** How probable it is. */
  readonly p: number;
  /** Between which parts of the image's area the erased one is drawn. */
  readonly scale: readonly [from: number, to: number];
  /** Between what the erased rectangle's height / width is drawn. */
  readonly ratio: readonly [from: number, to: number];
  /** What is put there, one number for all channels or one for each; 'random' for normal numbers. */
  readonly value: readonly number[] | 'random';
  /** Whether the tensor itself is erased. */
  readonly inplace: boolean;

  constructor(options: RandomErasingOptions = {}) {
    super();
    const { p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0, inplace = false } = options;
    checkProbability('RandomErasing', p);
    checkRange('RandomErasing', 'scale', scale, 0);
    if (scale[1] > 1) {
      throw new ValueError('RandomErasing', `scale [${scale.join(', ')}] is more than the image. Pass parts up to 1.`);
    }
    checkRange('RandomErasing', 'ratio', ratio, Number.MIN_VALUE);
    if (typeof value === 'string' && value !== 'random') {
      throw new ValueError(
        'RandomErasing',
        `value is '${String(value)}'. Pass 'random', a number, or one for each channel.`,
      );
    }
    this.p = p;
    this.scale = scale;
    this.ratio = ratio;
    this.value = typeof value === 'number' ? [value] : value;
    this.inplace = inplace;
  }

  protected override ofTensor(x: Tensor, generator: Generator = defaultGenerator()): Tensor {
    if (!happens(this.p, generator)) return x;
    const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
    const { value } = this;
    if (value !== 'random' && value.length !== 1 && value.length !== channels) {
      throw new ValueError(
        'RandomErasing',
        `value has ${value.length} numbers, the image ${channels} channels. Pass one number, or one for each channel.`,
      );
    }
    const [from, to] = this.ratio.map((bound) => Math.fround(Math.log(Math.fround(bound))));
    for (let tries = 0; tries < 10; tries++) {
      const area = height * width * uniform(generator, ...this.scale);
      const ratio = Math.fround(Math.exp(uniform(generator, from, to)));
      const rows = roundEven(Math.sqrt(area * ratio));
      const cols = roundEven(Math.sqrt(area / ratio));
      if (!(rows < height && cols < width)) continue;
      const { device, dtype } = x;
      const filling =
        value === 'random'
          ? tensor(drawNormal(generator, 'float32', channels * rows * cols), { device, shape: [channels, rows, cols] })
          : tensor(value, { device, shape: [value.length, 1, 1], dtype: 'float32' });
      const top = integer(generator, 0, height - rows + 1);
      const left = integer(generator, 0, width - cols + 1);
      const erased = this.inplace ? x : x.clone();
      erased.narrow(-2, top, rows).narrow(-1, left, cols).copy_(filling.to(dtype));
      return erased;
    }
    return x;
  }
}
