import { defaultGenerator, drawUniform, show, ValueError } from '@rushlight/core';
import { checkInterpolation, type Interpolation } from './interpolation.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';
import { sample, type Grid } from './sample.ts';

/** Options of `RandomRotation`. */
export interface RandomRotationOptions {
  /** What a pixel between pixels becomes. Default 'nearest'. */
  readonly interpolation?: Interpolation;
  /** Make the image as large as the turned one. Default false: it keeps its size and loses its corners. */
  readonly expand?: boolean;
  /** What it turns around, [x, y] in pixels from the upper left corner. Default: the middle. */
  readonly center?: readonly [x: number, y: number];
  /** What lies outside of the image: one number, or one for each channel. Default 0. */
  readonly fill?: number | readonly number[];
}

/**
 * Turns an image counter-clockwise by an angle drawn from [-degrees, degrees], or from [from, to]. Takes tensors [..., C, H, W]
 * of any dtype; a batch is turned as a whole. Throws a ValueError for angles that are no range, or a fill of another number of
 * channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomRotation.html
 */
export class RandomRotation extends GeometricTransform {
  /** Between what the angle is drawn. */
  readonly degrees: readonly [from: number, to: number];
  /** What a pixel between pixels becomes. */
  readonly interpolation: Interpolation;
  /** Whether the image becomes as large as the turned one. */
  readonly expand: boolean;
  /** What it turns around; undefined for the middle. */
  readonly center: readonly [x: number, y: number] | undefined;
  /** What lies outside of the image, one number for all channels or one for each. */
  readonly fill: readonly number[];

  constructor(
    degrees: number | readonly [from: number, to: number],
    { interpolation = 'nearest', expand = false, center, fill = 0 }: RandomRotationOptions = {},
  ) {
    super();
    checkInterpolation('RandomRotation', interpolation);
    if (typeof degrees === 'number' && !(degrees >= 0)) {
      throw new ValueError('RandomRotation', `degrees is ${degrees}. Pass a number >= 0, or [from, to].`);
    }
    this.degrees = typeof degrees === 'number' ? [-degrees, degrees] : degrees;
    const [from, to] = this.degrees;
    if (!(from <= to) || !Number.isFinite(to - from)) {
      throw new ValueError('RandomRotation', `degrees [${from}, ${to}] is no range. Pass [from, to] with from <= to.`);
    }
    if (center && !(center.length === 2 && center.every(Number.isFinite))) {
      throw new ValueError(
        'RandomRotation',
        `center should be [x, y], but is ${show(center)}. Pass two finite numbers.`,
      );
    }
    this.interpolation = interpolation;
    this.expand = expand;
    this.center = center;
    this.fill = typeof fill === 'number' ? [fill] : fill;
  }

  protected override resampling(height: number, width: number, generator = defaultGenerator()): Resampling {
    const [angle = 0] = drawUniform(generator, 'float32', 1, ...this.degrees);
    const grid = turned(height, width, angle, this.center, this.expand);
    return sample('RandomRotation', grid, this.interpolation, this.fill);
  }
}

/** The image turned: for each of its pixels, the place in the source. Places are counted from the middle while they turn. */
function turned(
  height: number,
  width: number,
  angle: number,
  center: readonly [x: number, y: number] | undefined,
  expand: boolean,
): Grid {
  const radians = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [cx, cy] = center ? [center[0] - width / 2, center[1] - height / 2] : [0, 0];
  // A pixel (x, y) of the result is (cos·x − sin·y + dx, sin·x + cos·y + dy) in the source.
  const dx = cx - cos * cx + sin * cy;
  const dy = cy - sin * cx - cos * cy;
  const cornersX: number[] = [];
  const cornersY: number[] = [];
  for (const x of [-width / 2, width / 2]) {
    for (const y of [-height / 2, height / 2]) {
      cornersX.push(cos * x - sin * y + dx);
      cornersY.push(sin * x + cos * y + dy);
    }
  }
  const [outWidth, outHeight] = expand ? [extent(cornersX, width), extent(cornersY, height)] : [width, height];
  const x = new Float64Array(outWidth * outHeight);
  const y = new Float64Array(outWidth * outHeight);
  let at = 0;
  for (let i = 0; i < outHeight; i++) {
    const v = i + 0.5 - outHeight / 2;
    for (let j = 0; j < outWidth; j++) {
      const u = j + 0.5 - outWidth / 2;
      x[at] = cos * u - sin * v + dx + width / 2 - 0.5;
      y[at++] = sin * u + cos * v + dy + height / 2 - 0.5;
    }
  }
  return { from: [height, width], to: [outHeight, outWidth], x, y };
}

/** How many whole pixels the corners cover, in float32 and to within 1e-4, so that a hair more than a pixel is none. */
function extent(corners: readonly number[], size: number): number {
  const tolerance = Math.fround(1e-4);
  const [least, greatest] = [Math.min(...corners), Math.max(...corners)].map((corner) => {
    const place = Math.fround(Math.fround(corner) + size / 2);
    return Math.fround(Math.trunc(Math.fround(place / tolerance)) * tolerance);
  });
  return Math.ceil(greatest ?? 0) - Math.floor(least ?? 0);
}
