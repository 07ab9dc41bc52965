export const roundUp = (size: number, to: number): number => Math.ceil(size / to) * to;

/** Parts of equal size, a multiple of `to`, none larger than `most`. */
export function evenParts(
  size: number,
  most: number,
  to: number,
  atLeast = 1,
): { readonly block: number; readonly blocks: number } {
  const block = roundUp(Math.ceil(size / Math.max(atLeast, Math.ceil(size / most), 1)), to);
  return { block, blocks: Math.ceil(size / block) };
}
