import { inPlace, pick, type Places } from './pick.ts';
import { pad } from './padding.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';
import { roundEven } from './round-even.ts';
import { sizes, type Size } from './sizes.ts';

/**
 * The middle of an image, with zeros around where that is smaller. Takes tensors [..., H, W] of any dtype.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.CenterCrop.html
 */
export class CenterCrop extends GeometricTransform {
  /** What it crops to. */
  readonly size: readonly [height: number, width: number];

  constructor(size: Size) {
    super();
    this.size = sizes('CenterCrop', size);
  }

  protected override resampling(height: number, width: number): Resampling | undefined {
    const [cropHeight, cropWidth] = this.size;
    if (height === cropHeight && width === cropWidth) return undefined;
    return pick(middle(height, cropHeight), middle(width, cropWidth));
  }
}

function middle(size: number, wanted: number): Places {
  const lacking = Math.max(0, wanted - size);
  const padded = pad('CenterCrop', inPlace(size), Math.floor(lacking / 2), Math.ceil(lacking / 2), 'constant');
  const start = roundEven((padded.length - wanted) / 2);
  return padded.subarray(start, start + wanted);
}
