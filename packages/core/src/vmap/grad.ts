// Gradients as functions of functions.

import { gradients } from '../autograd/functional/differentiation.ts';
import { ShapeError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { trace, withoutGraph } from './trace.ts';

export interface TransformOptions<N extends Argnums = Argnums> {
  /** Which arguments to differentiate with respect to: one, or several in a list. Default 0. */
  readonly argnums?: N;
  /** Whether the function returns `[output, aux]`, and aux is handed on as it is. Default false. */
  readonly hasAux?: boolean;
}

export type Argnums = number | readonly number[];

/** What is returned beside aux, if there is aux. */
type WithAux<T, O> = O extends { readonly hasAux: true } ? [T, unknown] : T;

/** What is like the arguments that are differentiated with respect to: the first, or those that argnums lists. */
type LikeArguments<A extends readonly unknown[], O> = O extends { readonly argnums: infer N }
  ? N extends readonly number[]
    ? unknown[]
    : N extends keyof A
      ? A[N]
      : A[number]
  : A[0];

/**
 * The gradient of a function that gives one 0-dim tensor, as a function of the same arguments, nested as these are. It nests, goes into
 * `vmap` and out of it, and can be differentiated. Throws ShapeError where the result is no 0-dim tensor, TypeError where
 * arguments or results are no tensors, ValueError for argnums that there are not. torch.func.grad
 *
 * @example
 * const slope = func.grad((x: Tensor) => x.sin().sum());
 * const second = func.grad((x: Tensor) => slope(x).sum());
 */
export function grad<A extends readonly unknown[], const O extends TransformOptions = Record<never, never>>(
  fn: (...args: A) => unknown,
  options?: O,
): (...args: A) => WithAux<LikeArguments<A, O>, O> {
  return (...args) => {
    const { gradient, aux } = compute('grad', fn, args, options ?? {});
    return (options?.hasAux ? [gradient, aux] : gradient) as WithAux<LikeArguments<A, O>, O>;
  };
}

/** As `grad`, with the value: `[gradient, value]`, and with aux `[gradient, [value, aux]]`. torch.func.grad_and_value */
export function gradAndValue<A extends readonly unknown[], const O extends TransformOptions = Record<never, never>>(
  fn: (...args: A) => unknown,
  options?: O,
): (...args: A) => [gradient: LikeArguments<A, O>, value: WithAux<Tensor, O>] {
  return (...args) => {
    const { gradient, value, aux } = compute('gradAndValue', fn, args, options ?? {});
    return [gradient, options?.hasAux ? [value, aux] : value] as [LikeArguments<A, O>, WithAux<Tensor, O>];
  };
}

function compute<A extends readonly unknown[]>(
  op: string,
  fn: (...args: A) => unknown,
  args: A,
  { argnums = 0, hasAux = false }: TransformOptions,
): { gradient: unknown; value: unknown; aux: unknown } {
  const traced = trace(op, fn, args, argnums, hasAux);
  const { output, outputs, inputs, isWatched, aux } = traced;
  const [y] = outputs;
  if (y !== output || !y || y.shape.length > 0) {
    const what = y === output && y ? `a tensor of shape ${show(y.shape)}` : `${outputs.length} tensors in a structure`;
    throw new ShapeError(op, `the function returned ${what}. It must return one 0-dim tensor: reduce it (sum, mean).`);
  }
  const found = gradients(outputs, inputs, undefined, { createGraph: isWatched });
  const filled = inputs.map((x, k) => found[k] ?? x.zeros(x.shape));
  return {
    gradient: traced.likeInputs(filled),
    value: isWatched ? output : withoutGraph(output),
    aux,
  };
}
