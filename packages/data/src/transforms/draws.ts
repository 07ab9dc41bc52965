// What transforms draw: numbers as torchvision draws them, each from one draw of PyTorch's generator.

import { defaultGenerator, drawUniform, ValueError, type Generator } from '@rushlight/core';

/** A float32 in [from, to). */
export function uniform(generator: Generator, from = 0, to = 1): number {
  return drawUniform(generator, 'float32', 1, from, to)[0] ?? from;
}

/** An integer in [from, to). */
export function integer(generator: Generator, from: number, to: number): number {
  return from + (generator.random() % (to - from));
}

/** Whether a toss, one uniform float32, says so. */
export function happens(p: number, generator: Generator = defaultGenerator()): boolean {
  return uniform(generator) < Math.fround(p);
}

/** Throws a ValueError unless 0 <= p <= 1. */
export function checkProbability(op: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ValueError(op, `the probability p is ${p}. Pass one between 0 and 1.`);
}

/** Throws a ValueError unless it is a range of finite numbers, all of them at least `least`. */
export function checkRange(op: string, name: string, range: readonly number[], least = -Infinity): void {
  const [from = NaN, to = NaN] = range;
  if (range.length === 2 && from >= least && from <= to && Number.isFinite(to - from)) return;
  const bound = least === -Infinity ? '' : `${least} <= `;
  throw new ValueError(op, `${name} [${range.join(', ')}] is no range. Pass [from, to] with ${bound}from <= to.`);
}
