// How an update begins: with the gradient, turned round to go up, and weight decay as a part of it.

import type { LoopBuilder } from '@rushlight/core';
import { select, type Expr } from '@rushlight/core/kernel';

/** The options that it follows from. */
export interface DescentOptions {
  /** λ: adds λ·param to the gradient. Default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

/**
 * The gradient, which is input `slot`, with λ times the parameter, which is input 0. The first two numbers of the launch are its own.
 * Without weight decay the parameter is not read: an infinite one would turn the gradient into NaN.
 */
export function descent(k: LoopBuilder, slot: number): Expr {
  const param = k.input(0);
  const [decay, direction] = [k.scalar(param.dtype), k.scalar(param.dtype)];
  const up = k.input(slot).mul(direction);
  return select(decay.eq(0), up, up.add(param.mul(decay)));
}

/** The numbers of `descent`, read when the launch runs. */
export const descentNumbers = (group: DescentOptions): (() => number)[] => [
  () => group.weightDecay,
  () => direction(group),
];

/** What the gradient is multiplied by. */
export const direction = ({ maximize }: { readonly maximize: boolean }): 1 | -1 => (maximize ? -1 : 1);

/** The options where weight decay may also leave the gradient alone. */
export interface DecoupledDescentOptions extends DescentOptions {
  /** Weight decay multiplies the parameter by 1 − lr·λ before the step, instead of joining the gradient. Default false. */
  decoupledWeightDecay: boolean;
}

/** The gradient, and the parameter that the step starts from. The first two numbers of the launch are `decayNumbers`. */
export function decayed(
  k: LoopBuilder,
  slot: number,
  isDecoupled: boolean,
): { readonly grad: Expr; readonly start: Expr } {
  const param = k.input(0);
  if (!isDecoupled) return { grad: descent(k, slot), start: param };
  const [shrink, direction] = [k.scalar(param.dtype), k.scalar(param.dtype)];
  return { grad: k.input(slot).mul(direction), start: param.mul(shrink) };
}

/** The numbers of `decayed`, read when the launch runs. */
export const decayNumbers = (group: DescentOptions & { readonly lr: number }, isDecoupled: boolean): (() => number)[] =>
  isDecoupled ? [() => 1 - group.lr * group.weightDecay, () => direction(group)] : descentNumbers(group);
