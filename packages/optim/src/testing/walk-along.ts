import { tensor, type Tensor } from '@rushlight/core';

/** Where 1, in float64, gets along gradients. */
export function walkAlong(gradients: readonly number[], make: (params: Tensor[]) => { step(): void }): number {
  const x = tensor([1], { dtype: 'float64', requiresGrad: true });
  const optimizer = make([x]);
  for (const g of gradients) {
    x.grad = tensor([g], { dtype: 'float64' });
    optimizer.step();
  }
  return x.itemSync();
}
