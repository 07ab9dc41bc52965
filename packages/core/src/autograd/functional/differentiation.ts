// What all products with derivatives share: inputs of a graph of their own, gradients that may be absent, and what the
// strict mode refuses.

import { AutogradError, ShapeError, show } from '../../errors.ts';
import { sameShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { grad } from '../function.ts';
import { listOf } from './tensor-list.ts';

/** What products with derivatives take. */
export interface DerivativeOptions {
  /** Compute the results so that they can be differentiated. Default false. */
  readonly createGraph?: boolean;
  /** Throw where the result does not depend on an input, instead of giving zeros. Default false. */
  readonly strict?: boolean;
}

/**
 * The inputs as tensors of their own, so that the same tensor captured by the function is another one. Where a graph is
 * wanted they stay connected to what was given.
 */
export function ownInputs(inputs: readonly Tensor[], createGraph: boolean): Tensor[] {
  return inputs.map((x) => (createGraph && x.requiresGrad ? x.view(x.shape) : x.detach().requiresGrad_()));
}

/** The vectors, checked against what they are multiplied with; undefined where none were given, which only one element allows. */
export function vectorsFor(
  op: string,
  v: unknown,
  others: readonly Tensor[],
  options: { readonly isList: boolean; readonly what: string; readonly createGraph: boolean },
): Tensor[] | undefined {
  const { isList, what, createGraph } = options;
  if (v === undefined) {
    if (others.length === 1 && others[0]?.numel() === 1) return undefined;
    const shapes = others.map((x) => show(x.shape)).join(', ');
    throw new ShapeError(
      op,
      `v may be left out for one ${what} of one element only; there is ${shapes}. Give v, of the shape of each ${what}.`,
    );
  }
  const vectors = listOf(op, 'v', v).list;
  if (vectors.length !== others.length) {
    throw new ShapeError(op, `v has ${vectors.length} tensors for ${others.length} ${what}s. Give one each.`);
  }
  vectors.forEach((x, k) => {
    const shape = others[k]?.shape ?? [];
    if (sameShape(x.shape, shape)) return;
    throw new ShapeError(
      op,
      `${isList ? `entry ${k} of ` : ''}v has shape ${show(x.shape)}, the ${what} ${show(shape)}. They must be equal.`,
    );
  });
  return createGraph ? vectors : vectors.map((x) => x.detach());
}

/** The gradients of those outputs that have any; undefined where none arrives. */
export function gradients(
  outputs: readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
  gradOutputs: readonly Tensor[] | undefined,
  options: { readonly createGraph: boolean; readonly retainGraph?: boolean },
): (Tensor | undefined)[] {
  const { createGraph, retainGraph = createGraph } = options;
  const roots: Tensor[] = [];
  const seeds: (Tensor | undefined)[] = [];
  outputs.forEach((y, k) => {
    if (!y?.requiresGrad) return;
    roots.push(y);
    seeds.push(gradOutputs?.[k]);
  });
  if (roots.length === 0) return inputs.map(() => undefined);
  const found = grad(roots, inputs, { gradOutputs: seeds, createGraph, retainGraph, allowUnused: true });
  return found.map((g) => g ?? undefined);
}

/** What the strict mode says of a tensor that a derivative does not reach. */
const independent = (what: string, of: string): string =>
  `${what} does not depend on ${of}, which strict mode does not allow. Leave strict out to get zeros.`;

/** In strict mode, refuses results that were not computed from the inputs. */
export function requireGraph(
  op: string,
  list: readonly (Tensor | undefined)[],
  what: string,
  { strict = false }: DerivativeOptions,
): void {
  if (!strict) return;
  list.forEach((x, k) => {
    if (!x?.requiresGrad) throw new AutogradError(op, independent(`${what} ${k}`, 'the inputs'));
  });
}

/** Zeros in place of what is absent; in strict mode an error, and one for what has no graph where one is wanted. */
export function withZeros(
  op: string,
  found: readonly (Tensor | undefined)[],
  like: readonly Tensor[],
  what: string,
  { strict = false, createGraph = false }: DerivativeOptions,
): Tensor[] {
  return like.map((x, k) => {
    const g = found[k];
    if (strict && (!g || (createGraph && !g.requiresGrad)))
      throw new AutogradError(op, independent(g ? `the derivative of ${what}` : what, `entry ${k}`));
    return g ?? x.zeros(x.shape);
  });
}

/** Results without history, unless a graph is wanted. */
export function released(list: readonly Tensor[], createGraph: boolean): Tensor[] {
  return createGraph ? [...list] : list.map((x) => x.detach());
}
