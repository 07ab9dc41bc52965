// Arranging: repeating the whole or single elements, shifting, turning by right angles.

import { ShapeError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { cat } from './join.ts';
import { flip } from './pad.ts';

/** `x` repeated along each dim. torch.Tensor.repeat */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  const missing = repeats.length - x.shape.length;
  if (missing < 0 || repeats.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      'repeat',
      `repeats ${show(repeats)} do not fit shape ${show(x.shape)}. Give a number ≥ 0 for each dim.`,
    );
  }
  const shape = [...new Array<number>(missing).fill(1), ...x.shape];
  const spread = shape.flatMap((n, d) => [repeats[d] ?? 1, n]);
  const whole = shape.map((n, d) => n * (repeats[d] ?? 1));
  return x
    .reshape(shape.flatMap((n) => [1, n]))
    .expand(spread)
    .clone()
    .reshape(whole);
}

/** As `repeat`, with missing repeats taken as 1. torch.tile */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  return repeat(x, [...new Array<number>(Math.max(0, x.shape.length - repeats.length)).fill(1), ...repeats]);
}

/** Elements shifted along dims, coming in again at the other end; without dims on the flattened tensor. torch.roll */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  if (dims === undefined) {
    if (typeof shifts !== 'number') throw new ShapeError('roll', 'several shifts need as many dims. Name them.');
    return roll(x.flatten(), shifts, 0).reshape(x.shape);
  }
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  const along = typeof dims === 'number' ? [dims] : dims;
  if (by.length !== along.length)
    throw new ShapeError('roll', `there are ${by.length} shifts and ${along.length} dims. Give one shift per dim.`);
  return along.reduce((result, dim, k) => {
    const d = normaliseDim('roll', dim, x.shape.length);
    const n = x.shape[d] ?? 0;
    const shift = n === 0 ? 0 : (((by[k] ?? 0) % n) + n) % n;
    return shift === 0 ? result.clone() : cat([result.narrow(d, n - shift, shift), result.narrow(d, 0, n - shift)], d);
  }, x);
}

/** Turned by 90° `k` times in the plane of two dims, from the first towards the second. torch.rot90 */
export function rot90(
  x: Tensor,
  { k = 1, dims = [0, 1] }: { readonly k?: number; readonly dims?: readonly number[] } = {},
): Tensor {
  const [a, b] = dims.map((d) => normaliseDim('rot90', d, x.shape.length));
  if (a === undefined || b === undefined || dims.length !== 2 || a === b) {
    throw new ShapeError('rot90', `dims ${show(dims)} are not two different dims of ${show(x.shape)}. Name two.`);
  }
  switch (((k % 4) + 4) % 4) {
    case 1:
      return flip(x, b).transpose(a, b);
    case 2:
      return flip(x, [a, b]);
    case 3:
      return flip(x, a).transpose(a, b);
    default:
      return x.clone();
  }
}

/** Each element `repeats` times in a row, along a dim or of the flattened tensor; or each as often as a list says. torch.repeat_interleave */
export function repeatInterleave(x: Tensor, repeats: number | readonly number[] | Tensor, dim?: number): Tensor {
  if (dim === undefined) return repeatInterleave(x.flatten(), repeats, 0);
  const d = normaliseDim('repeatInterleave', dim, x.shape.length);
  const n = x.shape[d] ?? 0;
  if (typeof repeats === 'number') {
    const spread = x.unsqueeze(d + 1).expand(x.shape.toSpliced(d + 1, 0, repeats));
    return spread.reshape(x.shape.with(d, n * repeats));
  }
  const times = isTensor(repeats) ? [...repeats.dataSync()] : repeats;
  if (times.length !== n) {
    throw new ShapeError(
      'repeatInterleave',
      `there are ${times.length} repeats for dim ${dim} of size ${n}. Give one per element.`,
    );
  }
  return cat(
    times.map((count, at) => repeatInterleave(x.narrow(d, at, 1), count, d)),
    d,
  );
}
