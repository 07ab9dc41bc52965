// The Jacobian of a function, row by row (a backward pass for each element of the outputs), or all rows at once.

import { ValueError } from '../../errors.ts';
import { enableGrad } from '../../grad-mode.ts';
import { sizeOf } from '../../kernel/index.ts';
import { stack } from '../../ops/join.ts';
import type { Tensor } from '../../tensor.ts';
import { gradients, ownInputs, released, requireGraph, withZeros, type DerivativeOptions } from './differentiation.ts';
import { listOf, unwrap, type Like, type TensorFunction, type TensorOrList } from './tensor-list.ts';

/** In which direction derivatives are carried: a pass per element of the outputs, or one per element of the inputs. */
export type DerivativeStrategy = 'reverse-mode' | 'forward-mode';

export interface JacobianOptions extends DerivativeOptions {
  /** Compute all rows in one pass over the graph, by `vmap`, instead of one pass each. Default false. */
  readonly vectorize?: boolean;
  /** `forward-mode` suits functions of more outputs than inputs; it needs `vectorize`. Default `reverse-mode`. */
  readonly strategy?: DerivativeStrategy;
}

/**
 * ∂output[i]/∂input[j], of shape [...output, ...input]: one tensor for one output and one input, a list for several inputs, and a
 * list of lists, outputs first, for several of both. Throws AutogradError in strict mode where an output does not depend
 * on an input, ValueError for options that do not go together. torch.autograd.functional.jacobian
 *
 * @example
 * autograd.functional.jacobian((x) => x.exp().sum(1), randn([2, 3])); // [2, 2, 3]
 */
export function jacobian<X extends TensorOrList, Y extends TensorOrList>(
  fn: TensorFunction<Y>,
  inputs: X,
  options: JacobianOptions = {},
): Like<Y, Like<X, Tensor>> {
  const { createGraph = false, strict = false, vectorize = false, strategy = 'reverse-mode' } = options;
  checkStrategy('jacobian', 'strategy', strategy);
  const isForward = strategy === 'forward-mode';
  if (strict && (vectorize || isForward)) {
    const other = isForward ? "strategy: 'forward-mode'" : 'vectorize: true';
    throw new ValueError('jacobian', `strict: true does not go with ${other}. Leave one of them out.`);
  }
  if (isForward && !vectorize)
    throw new ValueError('jacobian', "strategy: 'forward-mode' needs vectorize: true. Give both.");
  return enableGrad(() => {
    const given = listOf('jacobian', 'inputs', inputs);
    const own = ownInputs(given.list, createGraph);
    const made = listOf('jacobian', 'the output of the function', fn(...own));
    requireGraph('jacobian', made.list, 'output', options);
    const blocks = rowByRow(made.list, own, options);
    const shaped = blocks.map((row) => unwrap(released(row, createGraph), given.isList));
    return unwrap(shaped, made.isList) as Like<Y, Like<X, Tensor>>;
  });
}

/** Refuses a strategy that there is not. */
export function checkStrategy(op: string, option: string, strategy: string): void {
  if (strategy === 'reverse-mode' || strategy === 'forward-mode') return;
  throw new ValueError(op, `${option} is '${strategy}'. Use 'reverse-mode' or 'forward-mode'.`);
}

/** The derivatives of each output with respect to each input, a backward pass for each element of the outputs. */
function rowByRow(outputs: readonly Tensor[], inputs: readonly Tensor[], options: JacobianOptions): Tensor[][] {
  const { createGraph = false } = options;
  return outputs.map((y, o) => {
    const flat = y.reshape([-1]);
    const rows = Array.from({ length: sizeOf(y.shape) }, (_, k) => {
      const found = gradients([flat.select(0, k)], inputs, undefined, { createGraph, retainGraph: true });
      return withZeros('jacobian', found, inputs, `output ${o}`, options);
    });
    return inputs.map((x, i) => {
      const shape = [...y.shape, ...x.shape];
      if (rows.length === 0) return x.zeros(shape);
      return stack(rows.map((row) => row[i] as Tensor)).reshape(shape);
    });
  });
}
