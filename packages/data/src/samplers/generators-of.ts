import { Generator } from '@rushlight/core';

/** The generators that an order draws from, as its field `generator` says, and those of the sampler in its field `sampler`. */
export function generatorsOf(order: object): Generator[] {
  const own = 'generator' in order && order.generator instanceof Generator ? [order.generator] : [];
  const inner = 'sampler' in order && typeof order.sampler === 'object' ? order.sampler : null;
  return inner ? [...own, ...generatorsOf(inner)] : own;
}
