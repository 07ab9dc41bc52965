import { defaultGenerator, type Generator } from '@rushlight/core';
import { checkRange, integer, uniform } from './draws.ts';
import { checkInterpolation, type Interpolation } from './interpolation.ts';
import { inPlace, pick } from './pick.ts';
import { Resize } from './resize.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';
import { roundEven } from './round-even.ts';
import { sizes, type Size } from './sizes.ts';

/** Options of `RandomResizedCrop`. */
export interface RandomResizedCropOptions {
  /** Between which parts of the image's area the crop's is drawn. Default [0.08, 1]. */
  readonly scale?: readonly [from: number, to: number];
  /** Between what the crop's width / height is drawn, by its logarithm. Default [3 / 4, 4 / 3]. */
  readonly ratio?: readonly [from: number, to: number];
  /** What a pixel between pixels becomes. Default 'bilinear'. */
  readonly interpolation?: Interpolation;
}

/**
 * A piece of random size, shape and place, resized to `size`. Takes tensors [..., H, W] of any dtype. Draws area and ratio up to
 * ten times, until the piece fits, then the top and the left; if none fits it takes the middle. Throws a ValueError for what is no
 * range.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomResizedCrop.html
 */
export class RandomResizedCrop extends GeometricTransform {
  /** What the piece is resized to. */
  readonly size: readonly [height: number, width: number];
  /** Between which parts of the image's area the crop's is drawn. */
  readonly scale: readonly [from: number, to: number];
  /** Between what the crop's width / height is drawn. */
  readonly ratio: readonly [from: number, to: number];
  /** What a pixel between pixels becomes. */
  readonly interpolation: Interpolation;
  readonly #resize: Resize;

  constructor(
    size: Size,
    { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], interpolation = 'bilinear' }: RandomResizedCropOptions = {},
  ) {
    super();
    checkInterpolation('RandomResizedCrop', interpolation);
    checkRange('RandomResizedCrop', 'scale', scale, 0);
    checkRange('RandomResizedCrop', 'ratio', ratio, Number.MIN_VALUE);
    this.size = sizes('RandomResizedCrop', size);
    this.scale = scale;
    this.ratio = ratio;
    this.interpolation = interpolation;
    this.#resize = new Resize(this.size, { interpolation });
  }

  protected override resampling(height: number, width: number, generator = defaultGenerator()): Resampling {
    const [top, left, rows, cols] = this.#piece(height, width, generator);
    const crop = pick(inPlace(height).subarray(top, top + rows), inPlace(width).subarray(left, left + cols));
    const resize = this.#resize;
    const onHost = resize.hostForm();
    return { onTensor: (x) => resize(crop.onTensor(x)), onHost: (image) => onHost(crop.onHost(image)) };
  }

  #piece(height: number, width: number, generator: Generator): [top: number, left: number, rows: number, cols: number] {
    const [least, greatest] = this.ratio;
    const [from, to] = [Math.fround(Math.log(Math.fround(least))), Math.fround(Math.log(Math.fround(greatest)))];
    for (let tries = 0; tries < 10; tries++) {
      const area = height * width * uniform(generator, ...this.scale);
      const ratio = Math.fround(Math.exp(uniform(generator, from, to)));
      const cols = roundEven(Math.sqrt(area * ratio));
      const rows = roundEven(Math.sqrt(area / ratio));
      if (!(cols > 0 && cols <= width && rows > 0 && rows <= height)) continue;
      const top = integer(generator, 0, height - rows + 1);
      return [top, integer(generator, 0, width - cols + 1), rows, cols];
    }
    let [rows, cols] = [height, width];
    if (width / height < least) rows = roundEven(width / least);
    else if (width / height > greatest) cols = roundEven(height * greatest);
    return [Math.floor((height - rows) / 2), Math.floor((width - cols) / 2), rows, cols];
  }
}
