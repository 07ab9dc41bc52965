import { indexSelect, maskedFill, tensor, type Tensor } from '@rushlight/core';
import { blankImage } from './float-image.ts';
import type { Resampling } from './resampling.ts';

/** For every place along a dim of the result the place it is taken from, or `outside`. */
export type Places = Int32Array;

/** The place of what lies outside of the image. */
export const outside = -1;

/** Every place where it is. */
export function inPlace(size: number): Places {
  return new Int32Array(size).map((_, i) => i);
}

/** Whole rows and columns of pixels, in any order and number; `fill` where they are outside. */
export function pick(rows: Places, cols: Places, fill = 0): Resampling {
  return {
    onTensor: (x) => pickAlong(pickAlong(x, -2, rows, fill), -1, cols, fill),
    onHost(image) {
      const picked = blankImage(image.channels, rows.length, cols.length);
      const { data, width } = image;
      if (fill !== 0) picked.data.fill(fill);
      let at = 0;
      for (let plane = 0; plane < data.length; plane += width * image.height) {
        for (let i = 0; i < rows.length; i++, at += cols.length) {
          const row = rows[i] ?? outside;
          if (row === outside) continue;
          const start = plane + row * width;
          for (let j = 0; j < cols.length; j++) {
            const col = cols[j] ?? outside;
            if (col !== outside) picked.data[at + j] = data[start + col] ?? 0;
          }
        }
      }
      return picked;
    },
  };
}

function pickAlong(x: Tensor, dim: -1 | -2, places: Places, fill: number): Tensor {
  if (places.length === x.shape.at(dim) && places.every((place, i) => place === i)) return x;
  const { device } = x;
  const inside = places.map((place) => Math.max(0, place));
  const picked = indexSelect(x, dim, tensor(inside, { device }));
  if (!places.includes(outside)) return picked;
  const mask = tensor(
    Array.from(places, (place) => place === outside),
    { device },
  );
  return maskedFill(picked, dim === -1 ? mask : mask.unsqueeze(1), fill);
}
