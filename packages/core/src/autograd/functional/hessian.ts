// The Hessian: the Jacobian of the Jacobian.

import type { Tensor } from '../../tensor.ts';
import { requireGraph, type DerivativeOptions } from './differentiation.ts';
import { oneValue } from './hessian-products.ts';
import { checkStrategy, jacobian, type DerivativeStrategy } from './jacobian.ts';
import { listOf, unwrap, type Like, type TensorFunction, type TensorOrList } from './tensor-list.ts';

export interface HessianOptions extends DerivativeOptions {
  /** Compute all rows in one pass over the graph of the gradient, by `vmap`. Default false. */
  readonly vectorize?: boolean;
  /** How the outer derivative is carried; `forward-mode` needs `vectorize`. Default `reverse-mode`. */
  readonly outerJacobianStrategy?: DerivativeStrategy;
}

/**
 * ∂²y/∂input[i]∂input[j], of shape [...input i, ...input j], of a function that gives one element: one tensor for one input, a list
 * of lists for several. Throws ShapeError where the function gives more than one element, AutogradError in strict mode
 * where a derivative does not depend on an input, ValueError for options that do not go together.
 * torch.autograd.functional.hessian
 */
export function hessian<X extends TensorOrList>(
  fn: TensorFunction<Tensor>,
  inputs: X,
  options: HessianOptions = {},
): Like<X, Like<X, Tensor>> {
  const { strict = false, outerJacobianStrategy: strategy = 'reverse-mode', ...rest } = options;
  checkStrategy('hessian', 'outerJacobianStrategy', strategy);
  const { list, isList } = listOf('hessian', 'inputs', inputs);
  const first = (...xs: Tensor[]): Tensor[] => {
    const value = (...ys: Tensor[]): Tensor => {
      const y = oneValue('hessian', fn(...ys));
      requireGraph('hessian', [y], 'output', { strict });
      return y.reshape([]);
    };
    const found = jacobian(value, xs, { createGraph: true });
    requireGraph('hessian', found, 'the Jacobian with respect to input', { strict });
    return found;
  };
  const found = jacobian(first, list, { ...rest, strict, strategy });
  return unwrap(found.map((row) => unwrap(row, isList)), isList) as Like<X, Like<X, Tensor>>; // prettier-ignore
}
