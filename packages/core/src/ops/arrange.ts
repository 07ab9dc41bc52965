// Arranging: turning by right angles, repeating single elements.

import { ShapeError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { cat } from './join.ts';

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
      return x.flip(b).transpose(a, b);
    case 2:
      return x.flip([a, b]);
    case 3:
      return x.flip(a).transpose(a, b);
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
