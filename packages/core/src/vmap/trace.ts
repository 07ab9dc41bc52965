// What torch.func's transforms share: a function called with arguments that some of are leaves of a graph of their own, and whether
// anything around it wants gradients of what comes out.

import { edgeOf } from '../autograd/state.ts';
import type { Node } from '../autograd/node.ts';
import { ValueError, show } from '../errors.ts';
import { enableGrad, isGradEnabled } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { kindOf, leavesOf, withLeaves } from './nested.ts';

/** A function of anything: tensors, and arrays and objects of them. */
export type AnyFunction = (...args: never[]) => unknown;

export interface Traced {
  /** The tensors among the arguments that are differentiated with respect to, as the function saw them. */
  readonly inputs: readonly Tensor[];
  /** What the function gave, without aux. */
  readonly output: unknown;
  /** The tensors in it. */
  readonly outputs: readonly Tensor[];
  readonly aux: unknown;
  /** Whether somebody outside may differentiate the results. */
  readonly isWatched: boolean;
  /** One value for each input, nested as the arguments are. */
  likeInputs(values: readonly unknown[]): unknown;
}

/** Calls `fn` so that what it gives can be differentiated with respect to the arguments at `argnums`. */
export function trace(
  op: string,
  fn: AnyFunction,
  args: readonly unknown[],
  argnums: number | readonly number[],
  hasAux: boolean,
): Traced {
  const places = (typeof argnums === 'number' ? [argnums] : argnums).map((k) => placeOf(op, k, args.length));
  if (new Set(places).size < places.length)
    throw new ValueError(op, `argnums ${show(argnums as number[])} names an argument twice. Name each once.`);
  if (places.length === 0) throw new ValueError(op, 'argnums is an empty list. Name at least one argument.');
  const watches = isGradEnabled();
  return enableGrad(() => {
    const inputs: Tensor[] = [];
    const own = (x: unknown): Tensor => {
      if (!isTensor(x))
        throw new TypeError(`${op}: it differentiates with respect to tensors, an argument holds ${kindOf(x)}. Choose others by argnums.`); // prettier-ignore
      const made = watches && x.requiresGrad ? x.view(x.shape) : x.detach().requiresGrad_();
      inputs.push(made);
      return made;
    };
    const given = [...args];
    for (const k of places) given[k] = withLeaves(args[k], leavesOf(args[k]).map(own));
    const result = fn(...(given as never[]));
    if (hasAux && !(Array.isArray(result) && result.length === 2))
      throw new TypeError(`${op}: with hasAux the function must return [output, aux].`);
    const [output, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
    const outputs = leavesOf(output).map((y) => {
      if (isTensor(y)) return y;
      throw new TypeError(`${op}: the function returned ${kindOf(y)}. Return tensors, or arrays or objects of them.`); // prettier-ignore
    });
    const isWatched = watches && reachesOther(outputs, inputs);
    const chosen = places.map((k) => given[k]);
    return {
      inputs,
      output,
      outputs,
      aux: isWatched ? aux : withoutGraph(aux),
      isWatched,
      likeInputs: (values) => {
        const nested = withLeaves(chosen, values) as unknown[];
        return typeof argnums === 'number' ? nested[0] : nested;
      },
    };
  });
}

function placeOf(op: string, k: number, count: number): number {
  if (Number.isInteger(k) && k >= -count && k < count) return k < 0 ? k + count : k;
  throw new ValueError(op, `argnums names argument ${k} of ${count}. Use ${-count} … ${count - 1}.`);
}

/** The same without history. */
export const withoutGraph = (value: unknown): unknown =>
  withLeaves(
    value,
    leavesOf(value).map((x) => (isTensor(x) ? x.detach() : x)),
  );

/** Whether the graph of the outputs ends in leaves beside the inputs. */
function reachesOther(outputs: readonly Tensor[], inputs: readonly Tensor[]): boolean {
  const own = new Set<Tensor>(inputs);
  const seen = new Set<Node>();
  const stack: (Node | undefined)[] = outputs.map((y) => edgeOf(y)?.node);
  for (let node = stack.pop(); stack.length > 0 || node; node = stack.pop()) {
    if (!node || seen.has(node)) continue;
    seen.add(node);
    if (node.leaf && !own.has(node.leaf)) return true;
    for (const edge of node.edges) if (edge) stack.push(edge.node);
  }
  return false;
}
