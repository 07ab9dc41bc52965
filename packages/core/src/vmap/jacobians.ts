// Jacobians and Hessians as functions of functions: a product with it for every unit vector, all at once by vmap.

import { byColumns, byRows, type Linearised } from '../autograd/functional/jacobian.ts';
import { ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { TransformOptions } from './grad.ts';
import { withLeaves } from './nested.ts';
import { trace } from './trace.ts';
import { withoutDraws, type VmapOptions } from './vmap.ts';

export interface JacrevOptions extends TransformOptions {
  /** Compute so many rows at a time, so that less memory is needed. Default: all. */
  readonly chunkSize?: number;
}

export interface JacfwdOptions extends TransformOptions {
  /** What drawing random numbers means: `same` for all columns, `different` for each, or `error`. Default `error`. */
  readonly randomness?: NonNullable<VmapOptions['randomness']>;
}

/** A Jacobian of one output and one argument is a tensor; others are nested as the output, and in each leaf as the arguments are. */
type Jacobian<O> = O extends { readonly hasAux: true } | { readonly argnums: readonly number[] } ? unknown : Tensor;

/**
 * The Jacobian as a function of the same arguments, by reverse mode, which suits functions of fewer outputs than inputs:
 * ∂output/∂argument of shape [...output, ...argument]. Of nested outputs or arguments it is nested, outputs outside. With aux it is
 * `[jacobian, aux]`. Throws as `grad` does, and ValueError for a chunkSize that is none. torch.func.jacrev
 */
export function jacrev<A extends readonly unknown[], const O extends JacrevOptions = Record<never, never>>(
  fn: (...args: A) => unknown,
  options?: O,
): (...args: A) => Jacobian<O> {
  const { argnums = 0, hasAux = false, chunkSize } = options ?? {};
  return (...args) =>
    assembled('jacrev', fn, args, { argnums, hasAux }, (outputs, inputs, createGraph) =>
      byRows(outputs, inputs, { createGraph, ...(chunkSize !== undefined && { chunkSize }) }),
    ) as Jacobian<O>;
}

/** The same by forward mode, which suits functions of more outputs than inputs. torch.func.jacfwd */
export function jacfwd<A extends readonly unknown[], const O extends JacfwdOptions = Record<never, never>>(
  fn: (...args: A) => unknown,
  options?: O,
): (...args: A) => Jacobian<O> {
  const { argnums = 0, hasAux = false, randomness = 'error' } = options ?? {};
  if (!['error', 'same', 'different'].includes(randomness))
    throw new ValueError('jacfwd', `randomness is '${randomness}'. Use 'error', 'same' or 'different'.`);
  return (...args) => {
    const run = (): unknown =>
      assembled('jacfwd', fn, args, { argnums, hasAux }, (outputs, inputs, createGraph) => {
        if (randomness !== 'different') return byColumns(outputs, inputs, { createGraph });
        const anew = (): Linearised => trace('jacfwd', fn, args, argnums, hasAux);
        return byColumns(outputs, inputs, { createGraph, randomness }, anew);
      });
    return (randomness === 'error' ? withoutDraws('jacfwd', run) : run()) as Jacobian<O>;
  };
}

/**
 * The Hessian of a function that gives one 0-dim tensor, as a function of the same arguments: forward over reverse mode.
 * torch.func.hessian
 */
export function hessian<
  A extends readonly unknown[],
  const O extends Pick<TransformOptions, 'argnums'> = Record<never, never>,
>(fn: (...args: A) => unknown, options?: O): (...args: A) => Jacobian<O> {
  const { argnums = 0 } = options ?? {};
  return jacfwd(jacrev(fn, { argnums }), { argnums }) as (...args: A) => Jacobian<O>;
}

function assembled(
  op: string,
  fn: (...args: never[]) => unknown,
  args: readonly unknown[],
  { argnums, hasAux }: Required<TransformOptions>,
  compute: (outputs: readonly Tensor[], inputs: readonly Tensor[], createGraph: boolean) => Tensor[][],
): unknown {
  const { inputs, outputs, output, aux, isWatched, likeInputs } = trace(op, fn, args, argnums, hasAux);
  const blocks = compute(outputs, inputs, isWatched);
  const nested = withLeaves(output, blocks.map((row) => likeInputs(isWatched ? row : row.map((x) => x.detach())))); // prettier-ignore
  return hasAux ? [nested, aux] : nested;
}
