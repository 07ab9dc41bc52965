import { ValueError, type Tensor } from '@rushlight/core';
import { CenterCrop } from './center-crop.ts';
import { inPlace, pick } from './pick.ts';
import { sizes, type Size } from './sizes.ts';
import { TensorTransform } from './tensor-transform.ts';

/** The four corners and the middle. */
export type FiveCrops = [topLeft: Tensor, topRight: Tensor, bottomLeft: Tensor, bottomRight: Tensor, center: Tensor];

function fiveCrop(op: string, x: Tensor, size: readonly [height: number, width: number]): FiveCrops {
  const [height, width] = size;
  const [rows = 0, cols = 0] = x.shape.slice(-2);
  if (height > rows || width > cols) {
    throw new ValueError(
      op,
      `the crop of ${height} x ${width} is larger than the image of ${rows} x ${cols}. Resize or pad first.`,
    );
  }
  const crop = (top: number, left: number) => x.narrow(-2, top, height).narrow(-1, left, width);
  const [bottom, right] = [rows - height, cols - width];
  return [crop(0, 0), crop(0, right), crop(bottom, 0), crop(bottom, right), new CenterCrop(size)(x)];
}

/**
 * The four corners of an image and its middle, as five images. Takes tensors [..., H, W] of any dtype; put them together with
 * `stack` for a model. Throws a ValueError for an image that is smaller than the crop.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.FiveCrop.html
 */
export class FiveCrop extends TensorTransform<FiveCrops> {
  /** What it crops to. */
  readonly size: readonly [height: number, width: number];
  protected override readonly dims = 2;

  constructor(size: Size) {
    super();
    this.size = sizes('FiveCrop', size);
  }

  protected override ofTensor(x: Tensor): FiveCrops {
    return fiveCrop('FiveCrop', x, this.size);
  }
}

/** Options of `TenCrop`. */
export interface TenCropOptions {
  /** Mirror top and bottom instead of left and right. Default false. */
  readonly verticalFlip?: boolean;
}

/**
 * The five crops of `FiveCrop`, and those of the mirrored image. Takes tensors [..., H, W] of any dtype. Throws a ValueError for an
 * image that is smaller than the crop.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.TenCrop.html
 */
export class TenCrop extends TensorTransform<[...FiveCrops, ...FiveCrops]> {
  /** What it crops to. */
  readonly size: readonly [height: number, width: number];
  /** Whether top and bottom are mirrored. */
  readonly verticalFlip: boolean;
  protected override readonly dims = 2;

  constructor(size: Size, { verticalFlip = false }: TenCropOptions = {}) {
    super();
    this.size = sizes('TenCrop', size);
    this.verticalFlip = verticalFlip;
  }

  protected override ofTensor(x: Tensor): [...FiveCrops, ...FiveCrops] {
    const [rows, cols] = [inPlace(x.shape.at(-2) ?? 0), inPlace(x.shape.at(-1) ?? 0)];
    const mirrored = this.verticalFlip ? pick(rows.reverse(), cols) : pick(rows, cols.reverse());
    return [...fiveCrop('TenCrop', x, this.size), ...fiveCrop('TenCrop', mirrored.onTensor(x), this.size)];
  }
}
