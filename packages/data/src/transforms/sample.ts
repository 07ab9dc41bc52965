// Pixels taken from anywhere: what torchvision does by grid_sample with zeros around the image, and a mask that tells how much of
// a pixel lies within. Where only a part does, the mask weighs twice, as it does there.

import { indexSelect, maskedFill, tensor, ValueError, type Tensor } from '@rushlight/core';
import { blankImage } from './float-image.ts';
import type { Interpolation } from './interpolation.ts';
import { outside } from './pick.ts';
import type { Resampling } from './resampling.ts';
import { roundEven } from './round-even.ts';
import { withFloats } from './with-floats.ts';

/** For every pixel of the result, row after row, the place in the source; (0, 0) is the middle of its first pixel. */
export interface Grid {
  readonly from: readonly [height: number, width: number];
  readonly to: readonly [height: number, width: number];
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** For every pixel of the result one pixel of the source, counted row after row, and its weight: 0 where it is outside. */
interface Source {
  readonly places: Int32Array;
  readonly weights: Float64Array;
}

/**
 * The pixels at the places of a grid, and `fill`, of one number or one for each channel, where there are none. Integers are
 * rounded. Doing it throws a ValueError for a fill of another number of channels.
 */
export function sample(op: string, grid: Grid, interpolation: Interpolation, fill: readonly number[]): Resampling {
  const sources = interpolation === 'nearest' ? [nearest(grid)] : corners(grid);
  const within = new Float64Array(grid.x.length);
  for (const { weights } of sources)
    for (let i = 0; i < within.length; i++) within[i] = (within[i] ?? 0) + (weights[i] ?? 0);
  return {
    onTensor: (x) =>
      withFloats(x, (floats) => {
        checkFill(op, fill, x.shape.at(-3) ?? 1);
        const { device, dtype } = floats;
        const mask = tensor(within, { device, dtype, shape: grid.to });
        const [head, ...rest] = sources.map((source) => weighted(floats, source, grid.to));
        const sum = rest.reduce((total, term) => total.add(term), head as Tensor);
        const background = tensor(fill, { device, dtype, shape: fill.length > 1 ? [fill.length, 1, 1] : [] });
        return sum.mul(mask).add(mask.rsub(1).mul(background));
      }),
    onHost(image) {
      const { channels, data, height, width } = image;
      checkFill(op, fill, channels);
      const made = blankImage(channels, ...grid.to);
      for (let channel = 0; channel < channels; channel++) {
        const background = fill[channel] ?? fill[0] ?? 0;
        const [from, to] = [channel * height * width, channel * within.length];
        for (const { places, weights } of sources) {
          for (let i = 0; i < places.length; i++) {
            const place = places[i] ?? outside;
            if (place !== outside)
              made.data[to + i] = (made.data[to + i] ?? 0) + (data[from + place] ?? 0) * (weights[i] ?? 0);
          }
        }
        for (let i = 0; i < within.length; i++) {
          const inside = within[i] ?? 0;
          if (inside !== 1) made.data[to + i] = (made.data[to + i] ?? 0) * inside + (1 - inside) * background;
        }
      }
      return made;
    },
  };
}

function nearest({ from: [height, width], x, y }: Grid): Source {
  const source = nothing(x.length);
  for (let i = 0; i < x.length; i++) {
    const col = roundEven(x[i] ?? 0);
    const row = roundEven(y[i] ?? 0);
    if (col < 0 || col >= width || row < 0 || row >= height) continue;
    source.places[i] = row * width + col;
    source.weights[i] = 1;
  }
  return source;
}

/** The four pixels around each place. */
function corners({ from: [height, width], x, y }: Grid): Source[] {
  return [0, 1, 2, 3].map((corner) => {
    const right = corner % 2;
    const down = corner >> 1;
    const source = nothing(x.length);
    for (let i = 0; i < x.length; i++) {
      const px = x[i] ?? 0;
      const py = y[i] ?? 0;
      const col = Math.floor(px) + right;
      const row = Math.floor(py) + down;
      if (col < 0 || col >= width || row < 0 || row >= height) continue;
      source.places[i] = row * width + col;
      source.weights[i] = (1 - Math.abs(px - col)) * (1 - Math.abs(py - row));
    }
    return source;
  });
}

function nothing(count: number): Source {
  return { places: new Int32Array(count).fill(outside), weights: new Float64Array(count) };
}

function weighted(x: Tensor, { places, weights }: Source, shape: readonly number[]): Tensor {
  const { device, dtype } = x;
  const taken = indexSelect(
    x.flatten(-2),
    -1,
    tensor(
      places.map((place) => Math.max(0, place)),
      { device },
    ),
  );
  // Not by the weight of 0 alone: a pixel may be NaN.
  const isOutside = tensor(
    Array.from(places, (place) => place === outside),
    { device, dtype: 'bool' },
  );
  const inside = maskedFill(taken, isOutside, 0).mul(tensor(weights, { device, dtype }));
  return inside.reshape([...x.shape.slice(0, -2), ...shape]);
}

function checkFill(op: string, fill: readonly number[], channels: number): void {
  if (fill.length === 1 || fill.length === channels) return;
  throw new ValueError(
    op,
    `fill has ${fill.length} numbers, the image ${channels} channels. Pass one number, or one for each channel.`,
  );
}
