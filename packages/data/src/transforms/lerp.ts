import { indexSelect, tensor, type Tensor } from '@rushlight/core';
import { blankImage } from './float-image.ts';
import type { Resampling } from './resampling.ts';
import { withFloats } from './with-floats.ts';

/** For every place along a dim of the result the two it lies between, and how far from the lower one, in [0, 1). */
export interface Between {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float64Array;
}

/** Between which pixels those of a dim lie that is resized, both halves of the pixels at the ends counted as inside. */
export function between(from: number, to: number): Between {
  const at = new Float64Array(to).map((_, i) => Math.max(0, (from / to) * (i + 0.5) - 0.5));
  const low = Int32Array.from(at, (x) => Math.min(Math.floor(x), from - 1));
  return { low, high: low.map((x) => Math.min(x + 1, from - 1)), part: at.map((x, i) => x - (low[i] ?? 0)) };
}

/** Pixels between pixels: linear along columns, then along rows. Integers are rounded. */
export function lerp(rows: Between, cols: Between): Resampling {
  return {
    onTensor: (x) => withFloats(x, (floats) => lerpAlong(lerpAlong(floats, -1, cols), -2, rows)),
    onHost(image) {
      const { data, width } = image;
      const [height, cells] = [rows.part.length, cols.part.length];
      const made = blankImage(image.channels, height, cells);
      let at = 0;
      for (let plane = 0; plane < data.length; plane += width * image.height) {
        for (let i = 0; i < height; i++) {
          const top = plane + (rows.low[i] ?? 0) * width;
          const bottom = plane + (rows.high[i] ?? 0) * width;
          const down = rows.part[i] ?? 0;
          for (let j = 0; j < cells; j++) {
            const left = cols.low[j] ?? 0;
            const right = cols.high[j] ?? 0;
            const across = cols.part[j] ?? 0;
            const upper = mix(data[top + left] ?? 0, data[top + right] ?? 0, across);
            const lower = mix(data[bottom + left] ?? 0, data[bottom + right] ?? 0, across);
            made.data[at++] = mix(upper, lower, down);
          }
        }
      }
      return made;
    },
  };
}

function mix(low: number, high: number, part: number): number {
  return low * (1 - part) + high * part;
}

function lerpAlong(x: Tensor, dim: -1 | -2, { low, high, part }: Between): Tensor {
  const { device, dtype } = x;
  const weights = tensor(part, { device, dtype, shape: dim === -1 ? [part.length] : [part.length, 1] });
  const [a, b] = [low, high].map((places) => indexSelect(x, dim, tensor(places, { device }))) as [Tensor, Tensor];
  return a.mul(weights.rsub(1)).add(b.mul(weights));
}
