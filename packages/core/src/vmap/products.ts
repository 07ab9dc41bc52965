// Products with the Jacobian of a function, from either side.

import { gradients } from '../autograd/functional/differentiation.ts';
import { pullback } from '../autograd/functional/vector-products.ts';
import { AutogradError, ShapeError, show } from '../errors.ts';
import { isGradEnabled } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { kindOf, leavesAs, leavesOf, withLeaves } from './nested.ts';
import { trace, withoutGraph } from './trace.ts';

export interface ProductOptions {
  /** Whether the function returns `[output, aux]`, and aux is handed on as it is. Default false. */
  readonly hasAux?: boolean;
}

/**
 * `[output, pull]` or, with aux, `[output, pull, aux]`, of a function at the arguments in a list: `pull(v)` is vᵀJ for v nested as the
 * output is, as a list of one value per argument, nested as that is. It may be called again and again, also inside `vmap`. Throws
 * ShapeError where v does not fit. torch.func.vjp
 *
 * @example
 * const [y, pull] = func.vjp((x: Tensor) => x.sin(), [x]);
 * const [product] = pull(ones(y.shape));
 */
export function vjp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  { hasAux = false }: ProductOptions = {},
): [output: R, pull: (cotangents: unknown) => A, aux?: unknown] {
  const traced = trace('vjp', fn, primals, everyArgument('vjp', primals), hasAux);
  const { inputs, outputs, isWatched, output, aux } = traced;
  const pull = (cotangents: unknown): A => {
    const vectors = vectorsLike('vjp', 'output', cotangents, output);
    const createGraph = isGradEnabled() && (isWatched || vectors.some((v) => v.requiresGrad));
    const found = gradients(outputs, inputs, vectors, { createGraph, retainGraph: true });
    return traced.likeInputs(inputs.map((x, k) => found[k] ?? x.zeros(x.shape))) as A;
  };
  const value = (isWatched ? output : withoutGraph(output)) as R;
  return hasAux ? [value, pull, aux] : [value, pull];
}

export interface PushOptions extends ProductOptions {
  /** Throw where an output does not depend on the arguments, instead of giving zeros. Default false. */
  readonly strict?: boolean;
}

/**
 * `[output, product]` or, with aux, `[output, product, aux]`, of a function at the arguments in a list: the product is Jt for a tangent
 * of each argument, nested as the output is. It takes two backward passes, of which the second is linear in t. Throws ShapeError
 * where tangents do not fit. torch.func.jvp
 */
export function jvp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: unknown,
  { hasAux = false, strict = false }: PushOptions = {},
): [output: R, product: R, aux?: unknown] {
  const { value, aux, push } = pushing('jvp', fn, primals, hasAux);
  const product = push(tangents, { strict });
  return hasAux ? [value, product, aux] : [value, product];
}

/**
 * `[output, push]` of a function at the arguments in a list: `push(t)` is Jt as `jvp` gives it, at the cost of one backward pass, as the
 * function and the first pass have run. It may be called again and again, also inside `vmap`. torch.func.linearize
 *
 * @example
 * const [y, push] = func.linearize((x: Tensor) => x.sin(), [x]);
 * const product = push([ones(x.shape)]);
 */
export function linearize<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
): [output: R, push: (tangents: unknown) => R] {
  const { value, push } = pushing('linearize', fn, primals, false);
  return [value, (tangents) => push(tangents, { retainGraph: true })];
}

interface Pushing<R> {
  readonly value: R;
  readonly aux: unknown;
  push(tangents: unknown, options: { readonly strict?: boolean; readonly retainGraph?: boolean }): R;
}

function pushing<A extends readonly unknown[], R>(
  op: string,
  fn: (...args: A) => R,
  primals: A,
  hasAux: boolean,
): Pushing<R> {
  const traced = trace(op, fn, primals, everyArgument(op, primals), hasAux);
  const { inputs, outputs, isWatched, output, aux } = traced;
  const pull = pullback(outputs, inputs);
  return {
    value: (isWatched ? output : withoutGraph(output)) as R,
    aux,
    push(tangents, { strict = false, ...options }) {
      const vectors = vectorsLike(op, 'list of arguments', tangents, primals);
      const createGraph = isGradEnabled() && (isWatched || vectors.some((v) => v.requiresGrad));
      const found = pull.push(vectors, { createGraph, ...options });
      const filled = outputs.map((y, k) => {
        const product = found[k];
        if (!product && strict)
          throw new AutogradError(op, `output ${k} does not depend on the arguments, which strict does not allow. Leave strict out to get zeros.`); // prettier-ignore
        return product ?? y.zeros(y.shape);
      });
      return withLeaves(output, filled) as R;
    },
  };
}

function everyArgument(op: string, primals: unknown): number[] {
  if (!Array.isArray(primals)) throw new TypeError(`${op}: the arguments are no list. Give them as [x, …].`);
  return primals.map((_, k) => k);
}

/** The tensors of a structure, which must be nested as another and of its shapes. */
function vectorsLike(op: string, what: string, given: unknown, like: unknown): Tensor[] {
  const vectors = leavesAs(like, given);
  if (!vectors)
    throw new ShapeError(op, `the vectors are not nested as the ${what} is. Give one for each tensor, at its place.`);
  const tensors = leavesOf(like) as Tensor[];
  return vectors.map((v, k) => {
    if (!isTensor(v)) throw new TypeError(`${op}: vector ${k} is ${kindOf(v)}. Give a tensor.`);
    const shape = tensors[k]?.shape ?? [];
    if (sameShape(v.shape, shape)) return v;
    throw new ShapeError(op, `vector ${k} has shape ${show(v.shape)}, the ${what} ${show(shape)}. They must be equal.`);
  });
}
