import { show } from '@rushlight/core';

/** Where the element at a row-major position is, as messages say it: ` at position [1, 0]`, nothing for a scalar. */
export function atPosition(position: number, shape: readonly number[]): string {
  if (shape.length === 0) return '';
  return ` at position ${shape.length === 1 ? position : show(indexAt(position, shape))}`;
}

function indexAt(position: number, shape: readonly number[]): number[] {
  let rest = position;
  return shape.reduceRight<number[]>((index, n) => {
    const k = rest % n;
    rest = (rest - k) / n;
    return [k, ...index];
  }, []);
}
