import type { Operand } from '@rushlight/core/kernel';

/** Calls `visit` for every position of a box, row-major, with the address of each operand there; operands may have more dims. */
export function eachRow(
  sizes: readonly number[],
  operands: readonly Operand[],
  visit: (addresses: readonly number[], at: readonly number[]) => void,
): void {
  if (sizes.includes(0)) return;
  const at = sizes.map(() => 0);
  const addresses = operands.map((operand) => operand.offset);
  const move = (dim: number, by: number): void => {
    at[dim] = (at[dim] ?? 0) + by;
    for (const [k, { strides }] of operands.entries()) addresses[k] = (addresses[k] ?? 0) + by * (strides[dim] ?? 0);
  };
  for (;;) {
    visit(addresses, at);
    let dim = sizes.length - 1;
    for (; dim >= 0 && at[dim] === (sizes[dim] ?? 1) - 1; dim--) move(dim, -(at[dim] ?? 0));
    if (dim < 0) return;
    move(dim, 1);
  }
}
