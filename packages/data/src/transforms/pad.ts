import { checkPaddingMode, pad, sides, type Padding, type PaddingMode } from './padding.ts';
import { inPlace, pick } from './pick.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';

/** Options of `Pad`. */
export interface PadOptions {
  /** What a border of mode 'constant' holds. Default 0. */
  readonly fill?: number;
  /** What a border holds. Default 'constant'. */
  readonly paddingMode?: PaddingMode;
}

/**
 * An image with a border. Takes tensors [..., H, W] of any dtype; negative numbers cut off. Throws a ValueError for padding that
 * its mode cannot give.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.Pad.html
 */
export class Pad extends GeometricTransform {
  /** How many pixels are added. */
  readonly padding: readonly [left: number, top: number, right: number, bottom: number];
  /** What a border of mode `constant` holds. */
  readonly fill: number;
  /** What a border holds. */
  readonly paddingMode: PaddingMode;

  constructor(padding: Padding, { fill = 0, paddingMode = 'constant' }: PadOptions = {}) {
    super();
    checkPaddingMode('Pad', paddingMode);
    this.padding = sides('Pad', padding);
    this.fill = fill;
    this.paddingMode = paddingMode;
  }

  protected override resampling(height: number, width: number): Resampling | undefined {
    const [left, top, right, bottom] = this.padding;
    if (this.padding.every((n) => n === 0)) return undefined;
    const rows = pad('Pad', inPlace(height), top, bottom, this.paddingMode);
    const cols = pad('Pad', inPlace(width), left, right, this.paddingMode);
    return pick(rows, cols, this.fill);
  }
}
