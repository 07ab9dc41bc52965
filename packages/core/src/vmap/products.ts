// Products with the Jacobian of a function, from either side.

import { gradients } from '../autograd/functional/differentiation.ts';
import { pullback } from '../autograd/functional/vector-products.ts';
import { AutogradError, ShapeError, show } from '../errors.ts';
import { isGradEnabled } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { leavesOf, withLeaves } from './nested.ts';
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
  const traced = trace('vjp', fn, primals, everyArgument(primals), hasAux);
  const { inputs, outputs, isWatched, output, aux } = traced;
  const pull = (cotangents: unknown): A => {
    const vectors = vectorsLike('vjp', 'output', cotangents, outputs);
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
  const vectors = vectorsLike('jvp', 'argument', tangents, leavesOf(primals).filter(isTensor));
  const { inputs, outputs, isWatched, output, aux } = trace('jvp', fn, primals, everyArgument(primals), hasAux);
  const createGraph = isGradEnabled() && (isWatched || vectors.some((v) => v.requiresGrad));
  const found = pullback(outputs, inputs).push(vectors, { createGraph });
  const filled = outputs.map((y, k) => {
    const product = found[k];
    if (!product && strict)
      throw new AutogradError('jvp', `output ${k} does not depend on the arguments, which strict does not allow. Leave strict out to get zeros.`); // prettier-ignore
    return product ?? y.zeros(y.shape);
  });
  const value = (createGraph ? output : withoutGraph(output)) as R;
  const product = withLeaves(output, filled) as R;
  return hasAux ? [value, product, aux] : [value, product];
}

const everyArgument = (primals: readonly unknown[]): number[] => primals.map((_, k) => k);

/** The tensors of a structure, which must be those of another, shape by shape. */
function vectorsLike(op: string, what: string, given: unknown, like: readonly Tensor[]): Tensor[] {
  const vectors = leavesOf(given).filter(isTensor);
  if (vectors.length !== like.length)
    throw new ShapeError(op, `there are ${vectors.length} vectors for ${like.length} tensors of the ${what}s. Give one each.`); // prettier-ignore
  vectors.forEach((v, k) => {
    const shape = like[k]?.shape ?? [];
    if (sameShape(v.shape, shape)) return;
    throw new ShapeError(op, `vector ${k} has shape ${show(v.shape)}, the ${what} ${show(shape)}. They must be equal.`);
  });
  return vectors;
}
