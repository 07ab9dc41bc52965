import { ValueError } from '@rushlight/core';
import { checkCount } from '../check-options.ts';
import { between, lerp } from './lerp.ts';
import { checkInterpolation, type Interpolation } from './interpolation.ts';
import { pick } from './pick.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';
import { sizes, type Size } from './sizes.ts';

/** Options of `Resize`. */
export interface ResizeOptions {
  /** What a pixel between pixels becomes. Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Where `size` is one number: the most that the longer side may get; the shorter one then gets less than `size`. */
  readonly maxSize?: number;
}

/**
 * An image of another size: [height, width], or one number for the shorter side, and the other in proportion. Takes tensors
 * [..., H, W] of any dtype, and computes integers in float32 and rounds them. Pixels are not averaged where an image shrinks
 * (no antialiasing), as torchvision 0.14 treats tensors. Throws a ValueError for sizes that are no positive integers.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.Resize.html
 */
export class Resize extends GeometricTransform {
  /** [height, width], or the shorter side. */
  readonly size: Size;
  /** What a pixel between pixels becomes. */
  readonly interpolation: Interpolation;
  /** The most that the longer side may get; undefined for any. */
  readonly maxSize: number | undefined;

  constructor(size: Size, { interpolation = 'bilinear', maxSize }: ResizeOptions = {}) {
    super();
    checkInterpolation('Resize', interpolation);
    const [shorter] = sizes('Resize', size);
    if (maxSize !== undefined) {
      checkCount('Resize', 'maxSize', maxSize);
      if (typeof size !== 'number' && size.length === 2) {
        throw new ValueError(
          'Resize',
          `maxSize ${maxSize} is given with both sides, [${size.join(', ')}]. Leave one out.`,
        );
      }
      if (maxSize <= shorter) {
        throw new ValueError('Resize', `maxSize is ${maxSize}, the shorter side ${shorter}. Pass a greater maxSize.`);
      }
    }
    this.size = size;
    this.interpolation = interpolation;
    this.maxSize = maxSize;
  }

  protected override resampling(height: number, width: number): Resampling | undefined {
    const [newHeight, newWidth] = this.#newSize(height, width);
    if (newHeight === height && newWidth === width) return undefined;
    if (this.interpolation === 'nearest') return pick(nearest(height, newHeight), nearest(width, newWidth));
    return lerp(between(height, newHeight), between(width, newWidth));
  }

  #newSize(height: number, width: number): readonly [height: number, width: number] {
    if (Math.min(height, width) === 0) {
      throw new ValueError('Resize', `an image of ${height} x ${width} has no pixels to resize. Pass one that has.`);
    }
    const { size } = this;
    if (typeof size !== 'number' && size.length === 2) return size;
    let [shorter] = sizes('Resize', size);
    let longer = Math.trunc((shorter * Math.max(height, width)) / Math.min(height, width));
    const most = this.maxSize ?? Infinity;
    if (longer > most) [shorter, longer] = [Math.trunc((most * shorter) / longer), most];
    if (shorter === 0) {
      throw new ValueError(
        'Resize',
        `an image of ${height} x ${width} with maxSize ${most} would have no pixels. Pass a larger maxSize.`,
      );
    }
    return width <= height ? [longer, shorter] : [shorter, longer];
  }
}

function nearest(from: number, to: number): Int32Array {
  const scale = Math.fround(from / to);
  return new Int32Array(to).map((_, i) => Math.min(Math.floor(Math.fround(i * scale)), from - 1));
}
