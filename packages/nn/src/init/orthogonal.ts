import { defaultGenerator, drawNormal, ShapeError, show, type Tensor } from '@rushlight/core';
import { drawDType } from './draw-dtype.ts';
import { write } from './fill.ts';
import { isInitSkipped } from './skipped.ts';

/** Makes vectors orthonormal in their order (Gram-Schmidt, twice over, which is enough: W. Kahan in B. Parlett, 1980). */
function orthonormalise(vectors: readonly Float64Array[]): void {
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, k) => sum + value * (y[k] ?? 0), 0);
  vectors.forEach((vector, n) => {
    for (const earlier of [...vectors.slice(0, n), ...vectors.slice(0, n)]) {
      const along = dot(vector, earlier);
      vector.forEach((value, k) => (vector[k] = value - along * (earlier[k] ?? 0)));
    }
    const norm = Math.sqrt(dot(vector, vector));
    vector.forEach((value, k) => (vector[k] = value / norm));
  });
}

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer, times `gain`; dims after the first count as columns.
 * Throws ShapeError below 2 dims. A. Saxe et al., https://arxiv.org/abs/1312.6120. torch.nn.init.orthogonal_
 */
export function orthogonal_<T extends Tensor>(w: T, { gain = 1 }: { readonly gain?: number } = {}): T {
  if (w.shape.length < 2)
    throw new ShapeError('orthogonal_', `it takes at least 2 dims, not ${show(w.shape)}. Use normal_.`);
  if (w.numel() === 0 || isInitSkipped()) return w;
  const [rows = 1] = w.shape;
  const columns = w.numel() / rows;
  const drawn = drawNormal(defaultGenerator(), drawDType('orthogonal_', w), w.numel());
  // The fewer are the vectors: PyTorch's QR factorises the transpose of a wide matrix.
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const at = (vector: number, k: number): number => (rows < columns ? vector * columns + k : k * columns + vector);
  const vectors = Array.from({ length: count }, (_, v) =>
    Float64Array.from({ length }, (_value, k) => drawn[at(v, k)] ?? 0),
  );
  orthonormalise(vectors);
  const values = new Float64Array(w.numel());
  vectors.forEach((vector, v) => vector.forEach((value, k) => (values[at(v, k)] = value * gain)));
  return write(w, values);
}
