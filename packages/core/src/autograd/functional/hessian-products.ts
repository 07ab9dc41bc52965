// Products of the Hessian of a function of one value with a vector, from either side. They are equal for smooth functions;
// vhp takes one backward pass less.

import { ShapeError, show } from '../../errors.ts';
import { enableGrad } from '../../grad-mode.ts';
import type { Tensor } from '../../tensor.ts';
import {
  gradients, ownInputs, released, requireGraph, vectorsFor, withZeros,
} from './differentiation.ts'; // prettier-ignore
import { listOf, unwrap, type Like, type TensorFunction, type TensorOrList } from './tensor-list.ts';
import { pullback, type JvpOptions } from './vector-products.ts';

/** @internal The one value that a function gives whose Hessian is asked for. */
export function oneValue(op: string, given: unknown): Tensor {
  const { list, isList } = listOf(op, 'the output of the function', given);
  const [y] = list as [Tensor];
  if (isList || y.numel() !== 1) {
    const what = isList ? `a list of ${list.length}` : `a tensor of shape ${show(y.shape)}`;
    throw new ShapeError(op, `the function gave ${what}. It must give one tensor of one element.`);
  }
  return y;
}

/**
 * What the function gives, and vᵀH: one tensor per input, of its shape. Throws ShapeError where the function gives more than
 * one value or v does not fit the inputs, AutogradError in strict mode where a derivative does not depend on an input.
 * torch.autograd.functional.vhp
 */
export function vhp<X extends TensorOrList>(
  fn: TensorFunction<Tensor>,
  inputs: X,
  options: JvpOptions<NoInfer<X>> = {},
): [output: Tensor, product: Like<X, Tensor>] {
  return product('vhp', fn, inputs, options, (jacobian, own, vectors, createGraph) =>
    gradients(jacobian, own, vectors, { createGraph }),
  );
}

/**
 * What the function gives, and Hv: one tensor per input, of its shape. Throws as `vhp` does, which is faster.
 * torch.autograd.functional.hvp
 */
export function hvp<X extends TensorOrList>(
  fn: TensorFunction<Tensor>,
  inputs: X,
  options: JvpOptions<NoInfer<X>> = {},
): [output: Tensor, product: Like<X, Tensor>] {
  return product('hvp', fn, inputs, options, (jacobian, own, vectors, createGraph) => {
    const like = jacobian.map((g, k) => g ?? (own[k] as Tensor).zeros(own[k]?.shape ?? []));
    const pull = pullback(like, own);
    return pull.push(vectors, { createGraph });
  });
}

function product<X extends TensorOrList>(
  op: string,
  fn: TensorFunction<Tensor>,
  inputs: X,
  options: JvpOptions<X>,
  multiply: (
    jacobian: readonly (Tensor | undefined)[],
    own: readonly Tensor[],
    vectors: readonly Tensor[] | undefined,
    createGraph: boolean,
  ) => (Tensor | undefined)[],
): [Tensor, Like<X, Tensor>] {
  const { v, createGraph = false } = options;
  return enableGrad(() => {
    const given = listOf(op, 'inputs', inputs);
    const own = ownInputs(given.list, createGraph);
    const vectors = vectorsFor(op, v, own, { isList: given.isList, what: 'input', createGraph });
    const y = oneValue(op, fn(...own));
    requireGraph(op, [y], 'output', options);
    const jacobian = gradients([y], own, undefined, { createGraph: true });
    requireGraph(op, jacobian, 'the Jacobian with respect to input', options);
    const products = withZeros(op, multiply(jacobian, own, vectors, createGraph), own, 'the Jacobian', options);
    return [...released([y], createGraph), unwrap(released(products, createGraph), given.isList)] as unknown as [
      Tensor,
      Like<X, Tensor>,
    ];
  });
}
