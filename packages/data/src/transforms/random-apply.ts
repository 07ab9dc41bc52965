import { defaultGenerator, drawPermutation, ValueError, type Generator } from '@rushlight/core';
import { checkProbability, uniform } from './draws.ts';
import { TransformClass, type Transform } from './transform.ts';

/** Transforms from a thing to one of its kind. */
type Steps<X> = readonly Transform<X, X>[];

/** Throws a TypeError for what is no list of functions, a ValueError for none. */
function checkSteps(op: string, steps: readonly unknown[]): void {
  if (steps.length === 0) throw new ValueError(op, 'there are no transforms. Pass at least one.');
  const odd = steps.findIndex((step) => typeof step !== 'function');
  if (odd >= 0) throw new TypeError(`${op}: step ${odd} is no transform but ${typeof steps[odd]}. Pass functions.`);
}

/**
 * All of some transforms, one after the other, with probability p, else none. Tosses before they draw.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomApply.html
 */
export class RandomApply<X> extends TransformClass<X, X> {
  /** The transforms, in their order. */
  readonly transforms: Steps<X>;
  /** How probable it is. */
  readonly p: number;

  /** Throws a ValueError unless 0 <= p <= 1. */
  constructor(transforms: Steps<X>, { p = 0.5 }: { readonly p?: number } = {}) {
    super();
    checkSteps('RandomApply', transforms);
    checkProbability('RandomApply', p);
    this.transforms = transforms;
    this.p = p;
  }

  forward(x: X, generator: Generator = defaultGenerator()): X {
    if (Math.fround(this.p) < uniform(generator)) return x;
    return this.transforms.reduce((made, step) => step(made, generator), x);
  }
}

/**
 * One of some transforms, each as probable as its weight in `p` says, all alike without. The draw is one float64 uniform; torchvision's
 * comes from Python's own generator.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomChoice.html
 */
export class RandomChoice<X> extends TransformClass<X, X> {
  /** What is chosen from. */
  readonly transforms: Steps<X>;
  /** How probable each is, next to the others; undefined where all are alike. */
  readonly p: readonly number[] | undefined;

  /** Throws a ValueError unless there is a weight >= 0 for each transform, one of them greater. */
  constructor(transforms: Steps<X>, { p }: { readonly p?: readonly number[] } = {}) {
    super();
    checkSteps('RandomChoice', transforms);
    if (p && p.length !== transforms.length) {
      const counts = `p has ${p.length} weights for ${transforms.length} transforms`;
      throw new ValueError('RandomChoice', `${counts}. Pass one for each.`);
    }
    if (p && !(p.every((weight) => weight >= 0 && weight < Infinity) && p.some((weight) => weight > 0))) {
      throw new ValueError('RandomChoice', `p is [${p.join(', ')}]. Pass weights >= 0, one of them greater than 0.`);
    }
    this.transforms = transforms;
    this.p = p;
  }

  forward(x: X, generator: Generator = defaultGenerator()): X {
    const weights = this.p ?? this.transforms.map(() => 1);
    let left = generator.uniform() * weights.reduce((total, weight) => total + weight, 0);
    const found = weights.findIndex((weight) => (left -= weight) < 0);
    const chosen = this.transforms[found] ?? this.transforms.at(-1);
    return chosen ? chosen(x, generator) : x;
  }
}

/**
 * All of some transforms, in random order. The order is one permutation; torchvision's comes from Python's own generator.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomOrder.html
 */
export class RandomOrder<X> extends TransformClass<X, X> {
  /** What is put in order. */
  readonly transforms: Steps<X>;

  constructor(transforms: Steps<X>) {
    super();
    checkSteps('RandomOrder', transforms);
    this.transforms = transforms;
  }

  forward(x: X, generator: Generator = defaultGenerator()): X {
    const order = drawPermutation(generator, 'int32', this.transforms.length);
    return Array.from(order).reduce<X>((made, place) => this.transforms[place]?.(made, generator) ?? made, x);
  }
}
