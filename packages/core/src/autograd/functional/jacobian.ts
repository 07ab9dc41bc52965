// The Jacobian of a function, row by row (a backward pass for each element of the outputs), or all rows at once.

import { ValueError } from '../../errors.ts';
import { enableGrad } from '../../grad-mode.ts';
import { sizeOf } from '../../kernel/index.ts';
import { stack } from '../../ops/join.ts';
import type { Tensor } from '../../tensor.ts';
import { vmap } from '../../vmap/vmap.ts';
import { gradients, ownInputs, released, requireGraph, withZeros, type DerivativeOptions } from './differentiation.ts';
import { pullback } from './vector-products.ts';
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
    const { list } = made;
    const compute = isForward ? byColumns : byRows;
    const blocks = vectorize ? compute(list, own, { createGraph }) : rowByRow(list, own, options);
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

/** How all rows at once are computed: so many at a time, and whether with a graph. */
export interface AtOnceOptions {
  readonly createGraph: boolean;
  readonly chunkSize?: number;
  readonly randomness?: 'different';
}

/** Outputs that were computed from inputs. */
export interface Linearised {
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
}

/** The unit vectors of a space that several tensors span together: for each tensor its part of all of them, [n, ...shape]. */
function unitVectors(like: readonly Tensor[]): Tensor[] {
  const total = like.reduce((sum, x) => sum + sizeOf(x.shape), 0);
  let start = 0;
  return like.map((x) => {
    const size = sizeOf(x.shape);
    const part = x.zeros([total, size]);
    if (size > 0) part.asStrided([size], [size + 1], start * size).fill_(1);
    start += size;
    return part.reshape([total, ...x.shape]);
  });
}

/** The parts of a tensor along its first dim that belong to each of several tensors. */
function parts(x: Tensor, like: readonly Tensor[]): Tensor[] {
  let start = 0;
  return like.map(({ shape }) => {
    const size = sizeOf(shape);
    start += size;
    return x.narrow(0, start - size, size);
  });
}

const isEmpty = (list: readonly Tensor[]): boolean => list.every((x) => sizeOf(x.shape) === 0);

const emptyBlocks = (outputs: readonly Tensor[], inputs: readonly Tensor[]): Tensor[][] =>
  outputs.map((y) => inputs.map((x) => x.zeros([...y.shape, ...x.shape])));

/** @internal As `rowByRow`, in one backward pass with a lane for each element of the outputs. */
export function byRows(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  { createGraph, ...options }: AtOnceOptions,
): Tensor[][] {
  if (isEmpty(outputs)) return emptyBlocks(outputs, inputs);
  const pass = (...seeds: readonly Tensor[]): Tensor[] =>
    withZeros('jacobian', gradients(outputs, inputs, seeds, { createGraph, retainGraph: true }), inputs, '', {});
  const rows = vmap(pass, options)(...unitVectors(outputs)).map((all) => parts(all, outputs));
  return outputs.map((y, o) =>
    inputs.map((x, i) => {
      const own = rows[i]?.[o] as Tensor;
      return own.reshape([...y.shape, ...x.shape]);
    }),
  );
}

/** @internal The same in one forward pass with a lane for each element of the inputs, of which each may compute the outputs anew. */
export function byColumns(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  { createGraph, ...options }: AtOnceOptions,
  anew?: () => Linearised,
): Tensor[][] {
  if (isEmpty(inputs)) return emptyBlocks(outputs, inputs);
  const common = anew ? undefined : pullback(outputs, inputs);
  const own = (made: Linearised): typeof common => pullback(made.outputs, made.inputs);
  const pass = (...vectors: readonly Tensor[]): Tensor[] => {
    const pull = common ?? (anew && own(anew()));
    return withZeros('jacobian', pull?.push(vectors, { createGraph, retainGraph: true }) ?? [], outputs, '', {});
  };
  const columns = vmap(pass, options)(...unitVectors(inputs)).map((all) => parts(all, inputs));
  return outputs.map((y, o) =>
    inputs.map((x, i) => {
      const own = columns[o]?.[i] as Tensor;
      return own.movedim(0, -1).reshape([...y.shape, ...x.shape]);
    }),
  );
}
