// The derivative of a function of which samples are given.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { isFloat } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { cat } from './join.ts';
import { scratch } from './scratch.ts';
import { splitDim } from './split-dim.ts';

export interface GradientOptions {
  /** How far apart samples are, for all dims or for each; or for each dim the list of where they are. Default 1. */
  readonly spacing?: number | readonly number[] | readonly Tensor[];
  /** How well both ends are estimated: 1, from two samples, or 2, from three. Default 1. */
  readonly edgeOrder?: 1 | 2;
}

/** Σ weights·samples, where a weight is a number or lies along the last dim. */
function combination(samples: readonly Tensor[], weights: readonly (Tensor | number)[]): Tensor {
  const terms = samples.map((x, k) => x.mul(weights[k] ?? 0));
  return terms.reduce((total, term) => total.add(term));
}

/** Along the last dim, with samples at equal distances. */
function even(x: Tensor, step: number, edgeOrder: number): Tensor {
  const n = x.shape.at(-1) ?? 0;
  const at = (k: number, length = 1): Tensor => x.narrow(-1, k < 0 ? n + k : k, length);
  const inner = at(2, n - 2).sub(at(0, n - 2)).div(2 * step); // prettier-ignore
  const [first, last] =
    edgeOrder === 1
      ? [at(1).sub(at(0)).div(step), at(-1).sub(at(-2)).div(step)]
      : [
          combination([at(0), at(1), at(2)], [-1.5, 2, -0.5]).div(step),
          combination([at(-1), at(-2), at(-3)], [1.5, -2, 0.5]).div(step),
        ];
  return cat([first, inner, last], -1);
}

/** Along the last dim, with samples where `places` says: the slope of the parabola through three neighbours. */
function uneven(x: Tensor, places: Tensor, edgeOrder: number): Tensor {
  const n = x.shape.at(-1) ?? 0;
  const at = (k: number, length = 1): Tensor => x.narrow(-1, k < 0 ? n + k : k, length);
  const steps = places.narrow(0, 1, n - 1).sub(places.narrow(0, 0, n - 1));
  const step = (k: number): Tensor => steps.narrow(0, k < 0 ? n - 1 + k : k, 1);
  const [a, b] = [steps.narrow(0, 0, n - 2), steps.narrow(0, 1, n - 2)];
  const both = a.add(b);
  const weights = [b.div(a.mul(both)).neg(), b.sub(a).div(a.mul(b)), a.div(b.mul(both))];
  const inner = combination([at(0, n - 2), at(1, n - 2), at(2, n - 2)], weights);
  if (edgeOrder === 1) return cat([at(1).sub(at(0)).div(step(0)), inner, at(-1).sub(at(-2)).div(step(-1))], -1);
  // Towards the inside from either end: the steps near and far, and the sign of the way.
  const edge = (near: Tensor, far: Tensor, samples: readonly Tensor[]): Tensor => {
    const sum = near.add(far);
    return combination(samples, [
      near.mul(2).add(far).div(near.mul(sum)).neg(),
      sum.div(near.mul(far)),
      near.div(far.mul(sum)).neg(),
    ]);
  };
  const first = edge(step(0), step(1), [at(0), at(1), at(2)]);
  const last = edge(step(-1), step(-2), [at(-1), at(-2), at(-3)]).neg();
  return cat([first, inner, last], -1);
}

function dimsOf(x: Tensor, dim: number | readonly number[] | undefined): number[] {
  if (dim === undefined) return x.shape.map((_, d) => d);
  const dims = (typeof dim === 'number' ? [dim] : dim).map((d) => normaliseDim('gradient', d, x.shape.length));
  if (new Set(dims).size !== dims.length)
    throw new ShapeError('gradient', `a dim appears more than once in ${show(dims)}. Name each dim once.`);
  return dims;
}

/**
 * The estimated partial derivatives of a function whose samples x holds, along each of the dims (all of them by default), as an
 * array: central differences of second order, one-sided at both ends. Throws ShapeError for dims with fewer than edgeOrder + 1
 * samples and for spacings that do not fit them, DTypeError for uint8 and bool, ValueError for another edgeOrder.
 * torch.gradient
 *
 * @example
 * gradient(y, { spacing: 0.5 }); // [dy/dx] of samples half a unit apart
 * gradient(z, [0, 1], { spacing: [rows, columns] }); // samples at the coordinates in two lists
 */
export function gradient(
  x: Tensor,
  dim?: number | readonly number[] | GradientOptions,
  options?: GradientOptions,
): Tensor[] {
  const [named, { spacing = 1, edgeOrder = 1 } = {}] = splitDim<number | readonly number[], GradientOptions>(
    dim,
    options,
  );
  if (x.dtype === 'uint8' || x.dtype === 'bool')
    throw new DTypeError('gradient', `it is not defined for ${x.dtype}. Convert with \`.to('float32')\`.`);
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new ValueError('gradient', `edgeOrder is ${String(edgeOrder)}. Use 1 or 2.`);
  const dims = dimsOf(x, named);
  const spacings: readonly (number | Tensor)[] =
    typeof spacing === 'number' ? new Array<number>(dims.length).fill(spacing) : spacing;
  checkOperands('gradient', [x, ...spacings.filter(isTensor)]);
  if (spacings.length !== dims.length)
    throw new ShapeError('gradient', `there are ${spacings.length} spacings for ${dims.length} dims. Make them equal.`);
  const slope = (d: number, k: number): Tensor => {
    const [n = 1, own = 1] = [x.shape[d], spacings[k]];
    if (n < edgeOrder + 1)
      throw new ShapeError(
        'gradient',
        `dim ${d} of ${show(x.shape)} has ${n} samples. edgeOrder ${edgeOrder} needs ${edgeOrder + 1} at least.`,
      );
    if (isTensor(own) && (own.shape.length !== 1 || own.shape[0] !== n))
      throw new ShapeError('gradient', `coordinates ${show(own.shape)} are given for ${n} samples. Give one for each.`);
    const rows = (isFloat(x.dtype) ? x : x.to(getDefaultDtype())).movedim(d, -1);
    const along = isTensor(own) ? uneven(rows, own, edgeOrder) : even(rows, own, edgeOrder);
    return along.movedim(-1, d);
  };
  return scratch([x, ...spacings.filter(isTensor)], () => dims.map(slope));
}
