import { show, ValueError, type Tensor } from '@rushlight/core';

/** Refuses what is neither a count nor a share. */
export function checkAmount(op: string, amount: number): void {
  if (amount >= 0 && (amount < 1 || Number.isInteger(amount))) return;
  throw new ValueError(op, `amount is ${String(amount)}. It must be a count ≥ 0, or a share below 1.`);
}

/** How many of `size` units an amount means: a count as it is, a share rounded, halves to the even number. */
export function unitsOf(op: string, amount: number, size: number): number {
  if (Number.isInteger(amount)) {
    if (amount <= size) return amount;
    throw new ValueError(op, `amount is ${amount}, there are ${size} units to prune. Use at most that.`);
  }
  const exact = amount * size;
  const near = Math.round(exact);
  return near - exact === 0.5 && near % 2 === 1 ? near - 1 : near;
}

/** The dim along which a tensor is pruned, ≥ 0. Throws ValueError for a tensor without channels, or a dim that it has not. */
export function channelDim(op: string, t: Tensor, dim: number): number {
  const rank = t.shape.length;
  if (rank < 2) throw new ValueError(op, `a tensor of shape ${show(t.shape)} has no channels. Prune it unstructured.`);
  if (Number.isInteger(dim) && dim >= -rank && dim < rank) return dim < 0 ? dim + rank : dim;
  throw new ValueError(op, `dim is ${dim} for a tensor of shape ${show(t.shape)}. Use ${-rank} … ${rank - 1}.`);
}
