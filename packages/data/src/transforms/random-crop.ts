import { defaultGenerator, ValueError, type Generator } from '@rushlight/core';
import { checkPaddingMode, pad, sides, type Padding, type PaddingMode } from './padding.ts';
import { inPlace, pick } from './pick.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';
import { sizes, type Size } from './sizes.ts';

/** Options of `RandomCrop`. */
export interface RandomCropOptions {
  /** A border added first. Default: none. */
  readonly padding?: Padding;
  /** Pad an image that is smaller than the crop, on both sides by what it lacks. Default false. */
  readonly padIfNeeded?: boolean;
  /** What a border of mode 'constant' holds. Default 0. */
  readonly fill?: number;
  /** What a border holds. Default 'constant'. */
  readonly paddingMode?: PaddingMode;
}

/**
 * A piece of `size` at a random place. Takes tensors [..., H, W] of any dtype; draws the top, then the left, unless only one
 * place fits. Throws a ValueError for an image that is smaller than the crop, or for padding that its mode cannot give.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomCrop.html
 */
export class RandomCrop extends GeometricTransform {
  /** What it crops to. */
  readonly size: readonly [height: number, width: number];
  /** The border that is added first. */
  readonly padding: readonly [left: number, top: number, right: number, bottom: number];
  /** Whether an image that is too small is padded. */
  readonly padIfNeeded: boolean;
  /** What a border of mode `constant` holds. */
  readonly fill: number;
  /** What a border holds. */
  readonly paddingMode: PaddingMode;

  constructor(
    size: Size,
    { padding = 0, padIfNeeded = false, fill = 0, paddingMode = 'constant' }: RandomCropOptions = {},
  ) {
    super();
    checkPaddingMode('RandomCrop', paddingMode);
    this.size = sizes('RandomCrop', size);
    this.padding = sides('RandomCrop', padding);
    this.padIfNeeded = padIfNeeded;
    this.fill = fill;
    this.paddingMode = paddingMode;
  }

  protected override resampling(height: number, width: number, generator = defaultGenerator()): Resampling | undefined {
    const [left, top, right, bottom] = this.padding;
    const [cropHeight, cropWidth] = this.size;
    const rows = this.#padded(height, top, bottom, cropHeight);
    const cols = this.#padded(width, left, right, cropWidth);
    if (rows.length < cropHeight || cols.length < cropWidth) {
      throw new ValueError(
        'RandomCrop',
        `the crop of ${cropHeight} x ${cropWidth} is larger than the image of ${rows.length} x ${cols.length}. Set { padIfNeeded: true }, or resize first.`,
      );
    }
    const isWhole = rows.length === cropHeight && cols.length === cropWidth;
    if (isWhole && rows.length === height && cols.length === width && this.padding.every((n) => n === 0))
      return undefined;
    const [row, col] = isWhole
      ? [0, 0]
      : [below(rows.length - cropHeight, generator), below(cols.length - cropWidth, generator)];
    return pick(rows.subarray(row, row + cropHeight), cols.subarray(col, col + cropWidth), this.fill);
  }

  #padded(size: number, before: number, after: number, wanted: number) {
    const padded = pad('RandomCrop', inPlace(size), before, after, this.paddingMode);
    const lacking = wanted - padded.length;
    return this.padIfNeeded && lacking > 0 ? pad('RandomCrop', padded, lacking, lacking, this.paddingMode) : padded;
  }
}

/** One of 0 … most. */
function below(most: number, generator: Generator): number {
  return generator.random() % (most + 1);
}
