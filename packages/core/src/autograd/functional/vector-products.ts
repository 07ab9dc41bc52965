// Products of the Jacobian with a vector, from either side.

import { enableGrad } from '../../grad-mode.ts';
import { isFloat } from '../../kernel/index.ts';
import type { Tensor } from '../../tensor.ts';
import {
  gradients, ownInputs, released, requireGraph, vectorsFor, withZeros, type DerivativeOptions,
} from './differentiation.ts'; // prettier-ignore
import { listOf, unwrap, type Like, type TensorFunction, type TensorOrList } from './tensor-list.ts';

export interface VjpOptions<Y extends TensorOrList = TensorOrList> extends DerivativeOptions {
  /** The vector, of the shape of the output; 1 where that is one tensor of one element. */
  readonly v?: Like<Y, Tensor>;
}

export interface JvpOptions<X extends TensorOrList = TensorOrList> extends DerivativeOptions {
  /** The vector, of the shape of the inputs; 1 where that is one tensor of one element. */
  readonly v?: Like<X, Tensor>;
}

/**
 * What the function gives, and vᵀJ: one tensor per input, of its shape. Throws ShapeError where v does not fit the output,
 * AutogradError in strict mode where the output does not depend on an input. torch.autograd.functional.vjp
 *
 * @example
 * const [y, product] = autograd.functional.vjp((x) => x.exp().sum(1), x, { v: ones([4]) });
 */
export function vjp<X extends TensorOrList, Y extends TensorOrList>(
  fn: TensorFunction<Y>,
  inputs: X,
  options: VjpOptions<NoInfer<Y>> = {},
): [output: Like<Y, Tensor>, product: Like<X, Tensor>] {
  const { v, createGraph = false } = options;
  return enableGrad(() => {
    const given = listOf('vjp', 'inputs', inputs);
    const own = ownInputs(given.list, createGraph);
    const made = listOf('vjp', 'the output of the function', fn(...own));
    requireGraph('vjp', made.list, 'output', options);
    const vectors = vectorsFor('vjp', v, made.list, { isList: made.isList, what: 'output', createGraph });
    const found = gradients(made.list, own, vectors, { createGraph });
    const products = withZeros('vjp', found, own, 'the output', options);
    return [
      unwrap(released(made.list, createGraph), made.isList),
      unwrap(released(products, createGraph), given.isList),
    ] as [Like<Y, Tensor>, Like<X, Tensor>];
  });
}

/**
 * What the function gives, and Jv: one tensor per output, of its shape. It takes two backward passes: u ↦ uᵀJ is linear, and
 * its own gradient is Jv. Throws ShapeError where v does not fit the inputs, AutogradError in strict mode where an output
 * does not depend on the inputs. torch.autograd.functional.jvp
 */
export function jvp<X extends TensorOrList, Y extends TensorOrList>(
  fn: TensorFunction<Y>,
  inputs: X,
  options: JvpOptions<NoInfer<X>> = {},
): [output: Like<Y, Tensor>, product: Like<Y, Tensor>] {
  const { v, createGraph = false } = options;
  return enableGrad(() => {
    const given = listOf('jvp', 'inputs', inputs);
    const own = ownInputs(given.list, createGraph);
    const vectors = vectorsFor('jvp', v, own, { isList: given.isList, what: 'input', createGraph });
    const made = listOf('jvp', 'the output of the function', fn(...own));
    requireGraph('jvp', made.list, 'output', options);
    const pull = pullback(made.list, own);
    requireGraph('jvp', pull.gradients, 'the gradient of input', options);
    const found = pull.push(vectors, { createGraph });
    const products = withZeros('jvp', found, made.list, 'the gradient', options);
    return [
      unwrap(released(made.list, createGraph), made.isList),
      unwrap(released(products, createGraph), made.isList),
    ] as [Like<Y, Tensor>, Like<Y, Tensor>];
  });
}

interface Pullback {
  /** uᵀJ at u = 0, as a function of u. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Jv, by differentiating that with respect to u. */
  push(
    vectors: readonly Tensor[] | undefined,
    options: { readonly createGraph: boolean; readonly retainGraph?: boolean },
  ): (Tensor | undefined)[];
}

/** @internal The linear map u ↦ uᵀJ of outputs that were computed from the inputs. */
export function pullback(outputs: readonly Tensor[], inputs: readonly Tensor[]): Pullback {
  // Integers have no gradient, and what stands for theirs is not used.
  const seeds = outputs.map((y) => (isFloat(y.dtype) ? y : (inputs[0] as Tensor)).zeros(y.shape).requiresGrad_());
  const found = gradients(outputs, inputs, seeds, { createGraph: true });
  return { gradients: found, push: (vectors, options) => gradients(found, seeds, vectors, options) };
}
