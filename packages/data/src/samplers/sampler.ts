/**
 * In what order samples are asked for: every iteration gives the numbers of one epoch.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.Sampler
 */
export abstract class Sampler<Item = number> implements Iterable<Item> {
  /** How many items one epoch gives. */
  abstract readonly length: number;

  abstract [Symbol.iterator](): Iterator<Item>;
}

/** Anything that gives items in an order, a Sampler or an array; what has no length gives none to its loader either. */
export type Order<Item = number> = Iterable<Item> & { readonly length?: number };

/** All that a sampler asks of its data source. */
export interface Sized {
  readonly length: number;
}
