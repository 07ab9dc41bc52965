import { defaultGenerator, drawPermutation, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, checkColours } from './adjust.ts';
import { uniform } from './draws.ts';
import { TensorTransform } from './tensor-transform.ts';

/** How much something varies: by up to so much around what it is, or between two values. */
export type Jitter = number | readonly [from: number, to: number];

/** Options of `ColorJitter`. Default of each: 0. */
export interface ColorJitterOptions {
  /** The factor is from [max(0, 1 − brightness), 1 + brightness], or between the two numbers. */
  readonly brightness?: Jitter;
  /** As of brightness. */
  readonly contrast?: Jitter;
  /** As of brightness. */
  readonly saturation?: Jitter;
  /** Added to the hue, whose circle has length 1: from [−hue, hue], or between the two numbers; within ±0.5. */
  readonly hue?: Jitter;
}

const adjustments = [adjustBrightness, adjustContrast, adjustSaturation, adjustHue] as const;

/**
 * Brightness, contrast, saturation and hue varied at random, in random order. Takes tensors [..., C, H, W] of 1 or 3 channels, floats
 * in 0…1 or uint8. Draws the order, then the amount of each that varies. Throws a ValueError for amounts out of their ranges, a
 * ShapeError for another number of channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.ColorJitter.html
 */
export class ColorJitter extends TensorTransform {
  /** Between what the factor of brightness is drawn; undefined where it does not vary. */
  readonly brightness: readonly [from: number, to: number] | undefined;
  /** As of brightness. */
  readonly contrast: readonly [from: number, to: number] | undefined;
  /** As of brightness. */
  readonly saturation: readonly [from: number, to: number] | undefined;
  /** Between what the hue's move is drawn; undefined where it does not vary. */
  readonly hue: readonly [from: number, to: number] | undefined;

  constructor({ brightness = 0, contrast = 0, saturation = 0, hue = 0 }: ColorJitterOptions = {}) {
    super();
    this.brightness = factors('brightness', brightness);
    this.contrast = factors('contrast', contrast);
    this.saturation = factors('saturation', saturation);
    this.hue = amounts('hue', hue, 0, [-0.5, 0.5]);
  }

  protected override ofTensor(x: Tensor, generator: Generator = defaultGenerator()): Tensor {
    checkColours('ColorJitter', x);
    const order = drawPermutation(generator, 'int32', 4);
    const drawn = [this.brightness, this.contrast, this.saturation, this.hue].map(
      (range) => range && uniform(generator, ...range),
    );
    let made = x;
    for (const k of order) {
      const [adjust, amount] = [adjustments[k], drawn[k]];
      if (adjust && amount !== undefined) made = adjust(made, amount);
    }
    return made;
  }
}

function factors(name: string, jitter: Jitter) {
  const around: Jitter = typeof jitter === 'number' && jitter >= 0 ? [Math.max(0, 1 - jitter), 1 + jitter] : jitter;
  return amounts(name, around, 1, [0, Infinity]);
}

function amounts(
  name: string,
  jitter: Jitter,
  center: number,
  [least, most]: readonly [number, number],
): readonly [number, number] | undefined {
  const range = typeof jitter === 'number' ? ([center - jitter, center + jitter] as const) : jitter;
  const [from = NaN, to = NaN] = range;
  if (!(range.length === 2 && least <= from && from <= to && to <= most && Number.isFinite(to))) {
    const given = typeof jitter === 'number' ? String(jitter) : `[${jitter.join(', ')}]`;
    const bounds = most === Infinity ? `from ${least} on` : `between ${least} and ${most}`;
    throw new ValueError(
      'ColorJitter',
      `${name} is ${given}. Pass a number >= 0, or [from, to], that stays ${bounds}.`,
    );
  }
  return from === center && to === center ? undefined : [from, to];
}
