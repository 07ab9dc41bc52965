import { defaultGenerator, show, ValueError } from '@rushlight/core';
import { checkRange, uniform } from './draws.ts';
import { checkInterpolation, type Interpolation } from './interpolation.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';
import { roundEven } from './round-even.ts';
import { sample, type Grid } from './sample.ts';

/** Options of `RandomAffine`. */
export interface RandomAffineOptions {
  /** The most that it moves, as parts of the width and the height. Default: it does not. */
  readonly translate?: readonly [across: number, down: number];
  /** Between which factors it is scaled. Default: it is not. */
  readonly scale?: readonly [from: number, to: number];
  /** Angles in degrees between which it is sheared along x, and along y if there are four; a number for ± that along x. Default: it is not. */
  readonly shear?: number | readonly [from: number, to: number] | readonly [fromX: number, toX: number, fromY: number, toY: number]; // prettier-ignore
  /** What a pixel between pixels becomes. Default 'nearest'. */
  readonly interpolation?: Interpolation;
  /** What lies outside of the image: one number, or one for each channel. Default 0. */
  readonly fill?: number | readonly number[];
  /** What it turns around, [x, y] in pixels from the upper left corner. Default: the middle. */
  readonly center?: readonly [x: number, y: number];
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/**
 * An image turned (clockwise by an angle from [-degrees, degrees], or from [from, to]), moved, scaled and sheared at random. Takes
 * tensors [..., C, H, W] of any dtype; a batch is changed as a whole. Draws the angle, then what is given of translate (across,
 * down), scale and shear. Throws a ValueError for what is no range, or a fill of another number of channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomAffine.html
 */
export class RandomAffine extends GeometricTransform {
  /** Between what the angle is drawn. */
  readonly degrees: readonly [from: number, to: number];
  /** The most that it moves; undefined where it does not. */
  readonly translate: readonly [across: number, down: number] | undefined;
  /** Between which factors it is scaled; undefined where it is not. */
  readonly scale: readonly [from: number, to: number] | undefined;
  /** Between which angles it is sheared, along x and, if there are four, along y; undefined where it is not. */
  readonly shear: readonly number[] | undefined;
  /** What a pixel between pixels becomes. */
  readonly interpolation: Interpolation;
  /** What lies outside of the image, one number for all channels or one for each. */
  readonly fill: readonly number[];
  /** What it turns around; undefined for the middle. */
  readonly center: readonly [x: number, y: number] | undefined;

  constructor(degrees: number | readonly [from: number, to: number], options: RandomAffineOptions = {}) {
    super();
    const { translate, scale, shear, interpolation = 'nearest', fill = 0, center } = options;
    checkInterpolation('RandomAffine', interpolation);
    this.degrees = typeof degrees === 'number' ? [-degrees, degrees] : degrees;
    checkRange('RandomAffine', 'degrees', this.degrees);
    if (translate && !(translate.length === 2 && translate.every((part) => part >= 0 && part <= 1))) {
      throw new ValueError('RandomAffine', `translate is ${show(translate)}. Pass two parts between 0 and 1.`);
    }
    if (scale) checkRange('RandomAffine', 'scale', scale, Number.MIN_VALUE);
    this.shear = typeof shear === 'number' ? [-shear, shear] : shear;
    if (this.shear) {
      checkRange('RandomAffine', 'shear', this.shear.slice(0, 2));
      if (this.shear.length !== 2) checkRange('RandomAffine', 'shear', this.shear.slice(2));
    }
    if (center && !(center.length === 2 && center.every(Number.isFinite))) {
      throw new ValueError('RandomAffine', `center should be [x, y], but is ${show(center)}. Pass two finite numbers.`);
    }
    this.translate = translate;
    this.scale = scale;
    this.interpolation = interpolation;
    this.fill = typeof fill === 'number' ? [fill] : fill;
    this.center = center;
  }

  protected override resampling(height: number, width: number, generator = defaultGenerator()): Resampling {
    const draw = ([from = 0, to = 0]: readonly number[]) => uniform(generator, from, to);
    const angle = draw(this.degrees);
    const moved = (this.translate ?? []).map((part, k) => {
      const most = part * (k === 0 ? width : height);
      return roundEven(draw([-most, most]));
    });
    const scale = this.scale ? draw(this.scale) : 1;
    const sheared = this.shear ? [this.shear.slice(0, 2), this.shear.slice(2)] : [];
    const [shearX, shearY] = sheared.map((range) => (range.length > 0 ? draw(range) : 0));
    const grid = this.#grid(height, width, angle, moved, scale, [shearX ?? 0, shearY ?? 0]);
    return sample('RandomAffine', grid, this.interpolation, this.fill);
  }

  /** For each pixel the place in the source: the inverse of rotation · shear · scale around the centre, and of the move. */
  #grid(
    height: number,
    width: number,
    angle: number,
    [moveX = 0, moveY = 0]: readonly number[],
    scale: number,
    [shearX, shearY]: readonly [number, number],
  ): Grid {
    const [turn, sx, sy] = [radians(angle), radians(shearX), radians(shearY)];
    const a = Math.cos(turn - sy) / Math.cos(sy);
    const b = -a * Math.tan(sx) - Math.sin(turn);
    const c = Math.sin(turn - sy) / Math.cos(sy);
    const d = -c * Math.tan(sx) + Math.cos(turn);
    const [cx, cy] = this.center ? [this.center[0] - width / 2, this.center[1] - height / 2] : [0, 0];
    const x = new Float64Array(height * width);
    const y = new Float64Array(height * width);
    for (let i = 0, at = 0; i < height; i++) {
      const v = i + 0.5 - height / 2 - cy - moveY;
      for (let j = 0; j < width; j++, at++) {
        const u = j + 0.5 - width / 2 - cx - moveX;
        x[at] = (d * u - b * v) / scale + cx + width / 2 - 0.5;
        y[at] = (a * v - c * u) / scale + cy + height / 2 - 0.5;
      }
    }
    return { from: [height, width], to: [height, width], x, y };
  }
}
