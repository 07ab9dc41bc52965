// Numbers as pixels. Colours of signed numbers are looked up: there are ten thousands of them in every picture of the network.

import { mixed, type Palette, type Rgb } from './palette.ts';

export type Pixels = Uint8ClampedArray<ArrayBuffer>;

const pixelsFor = (count: number): Pixels => new Uint8ClampedArray(4 * count);

function put(pixels: Pixels, k: number, r: number, g: number, b: number): void {
  pixels[4 * k] = r;
  pixels[4 * k + 1] = g;
  pixels[4 * k + 2] = b;
  pixels[4 * k + 3] = 255;
}

/** Stripes say that there is no number. */
function putStripe(pixels: Pixels, k: number, width: number, { ground, ink }: Palette, period = 8): void {
  const [r, g, b] = mixed(ground, ink, ((k % width) + Math.floor(k / width)) % period < period / 2 ? 0.3 : 0.08);
  put(pixels, k, r, g, b);
}

/**
 * A grid of `channels` numbers a place, `factor` times as fine, what lies between places interpolated. Colours that are interpolated would
 * do less: where two classes meet between two places, neither place is pale.
 */
export function enlarged(grid: Float32Array, channels: number, side: number, factor: number): Float32Array {
  const fine = side * factor;
  const found = new Float32Array(fine * fine * channels);
  const near = Array.from({ length: fine }, (_, k) => {
    const place = Math.min(Math.max((k + 0.5) / factor - 0.5, 0), side - 1);
    const low = Math.min(Math.floor(place), side - 2);
    return { low, share: place - low };
  });
  let at = 0;
  for (const row of near) {
    for (const column of near) {
      const first = (row.low * side + column.low) * channels;
      const below = first + side * channels;
      for (let c = 0; c < channels; c++) {
        const a = grid[first + c] ?? NaN;
        const b = grid[first + channels + c] ?? NaN;
        const d = grid[below + c] ?? NaN;
        const e = grid[below + channels + c] ?? NaN;
        const top = a + (b - a) * column.share;
        found[at++] = top + (d + (e - d) * column.share - top) * row.share;
      }
    }
  }
  return found;
}

/** Probabilities of classes: their colours mixed, and paler where it is undecided. */
export function probabilityPixels(grid: Float32Array, classes: number, side: number, palette: Palette): Pixels {
  const pixels = pixelsFor(side * side);
  const [r0, g0, b0] = palette.ground;
  for (let k = 0; k < side * side; k++) {
    let r = 0;
    let g = 0;
    let b = 0;
    let most = 0;
    for (let c = 0; c < classes; c++) {
      const p = grid[k * classes + c] ?? NaN;
      const colour = palette.classes[c] ?? palette.ink;
      r += p * colour[0];
      g += p * colour[1];
      b += p * colour[2];
      most = Math.max(most, p);
    }
    const sure = (most - 1 / classes) / (1 - 1 / classes);
    const share = 0.12 + 0.5 * sure;
    if (Number.isNaN(most)) putStripe(pixels, k, side, palette, 24);
    else put(pixels, k, r0 + (r - r0) * share, g0 + (g - g0) * share, b0 + (b - b0) * share);
  }
  return pixels;
}

const shades = 128;
const ramps = new WeakMap<Palette, readonly Rgb[]>();

/** From the strongest negative colour over the ground to the strongest positive one. */
function rampOf(palette: Palette): readonly Rgb[] {
  const known = ramps.get(palette);
  if (known) return known;
  const ramp = Array.from({ length: 2 * shades + 1 }, (_, k) => {
    const colour = k < shades ? palette.negative : palette.positive;
    return mixed(palette.ground, colour, Math.sqrt(Math.abs(k - shades) / shades));
  });
  ramps.set(palette, ramp);
  return ramp;
}

/** Paints `height` rows of numbers by sign and size, `scale` being the strongest, into pixels that have `stride` in a row. */
function paintSigned(pixels: Pixels, values: Float32Array, width: number, scale: number, palette: Palette, from: number, stride: number): void {
  const ramp = rampOf(palette);
  const factor = scale > 0 ? shades / scale : 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? NaN;
    const at = from + Math.floor(k / width) * stride + (k % width);
    const colour = ramp[shades + Math.round(Math.min(Math.max(value * factor, -shades), shades))];
    if (colour && Number.isFinite(value)) put(pixels, at, colour[0], colour[1], colour[2]);
    else putStripe(pixels, at, stride, palette);
  }
} // prettier-ignore

/** A matrix, a pixel for each number. */
export function signedPixels(values: Float32Array, width: number, palette: Palette): Pixels {
  const pixels = pixelsFor(values.length);
  paintSigned(pixels, values, width, largest(values), palette, 0, width);
  return pixels;
}

/** How small pictures of `side` pixels lie in a large one, `gap` apart. */
export interface Tiling {
  readonly count: number;
  readonly across: number;
  readonly side: number;
  readonly gap: number;
}

export const widthOf = ({ across, side, gap }: Tiling): number => across * (side + gap) - gap;
export const heightOf = ({ count, across, side, gap }: Tiling): number =>
  Math.ceil(count / across) * (side + gap) - gap;

/** Pictures side by side, each of a strength of its own. */
export function tilePixels(values: Float32Array, tiling: Tiling, palette: Palette): Pixels {
  const { count, across, side, gap } = tiling;
  const width = widthOf(tiling);
  const pixels = pixelsFor(width * heightOf(tiling));
  for (let k = 0; k < count; k++) {
    const tile = values.subarray(k * side * side, (k + 1) * side * side);
    const from = Math.floor(k / across) * (side + gap) * width + (k % across) * (side + gap);
    paintSigned(pixels, tile, side, largest(tile) / 2, palette, from, width);
  }
  return pixels;
}

/** The largest of the absolute values that are finite. */
function largest(values: Float32Array): number {
  let found = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > found && size < Infinity) found = size;
  }
  return found;
}
