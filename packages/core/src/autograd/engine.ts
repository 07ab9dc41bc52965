// The gradient engine: walks the graph from the outputs, newest node first, and carries gradients along its edges.
// What it makes on the way is freed as soon as the last one who needs it has run, unless somebody outside may hold it:
// a leaf's grad, a hook, a function written by the user, or a graph of the gradients themselves.

import { freeInternal } from '../dispatch.ts';
import { trackStorages, track, type Storage } from '../device.ts';
import { AutogradError, ShapeError, show } from '../errors.ts';
import { enableGrad, noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { isFloat, sizeOf } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { findAnomaly } from './anomaly.ts';
import { isAnomalyDetected, type Edge, type Gradient, type Node } from './node.ts';
import { edgeOf } from './state.ts';

interface Options {
  readonly retainGraph: boolean;
  readonly createGraph: boolean;
  /** Where gradients are asked for; undefined: at all leaves, into their `.grad`. */
  readonly wanted?: readonly (Edge | undefined)[];
}

/** Gradients on their way to one node, a slot per output. */
type Pending = Map<Node, Gradient[]>;

export function runBackward(
  roots: readonly Tensor[],
  seeds: readonly (Tensor | undefined)[],
  options: Options,
): Gradient[] {
  const run = new Run(options);
  const go = (): Gradient[] => run.go(roots, seeds);
  return options.createGraph ? enableGrad(go) : noGrad(go);
}

class Run {
  readonly #options: Options;
  readonly #pending: Pending = new Map();
  /** Storages that this run made and nobody else holds, with the number of gradients that are on their way in them. */
  readonly #owned = new Map<Storage, number>();
  readonly #captured: Gradient[];
  /** Storages that became the `.grad` of a leaf. */
  readonly #given = new Set<Storage>();

  constructor(options: Options) {
    this.#options = options;
    this.#captured = (options.wanted ?? []).map(() => undefined);
  }

  go(roots: readonly Tensor[], seeds: readonly (Tensor | undefined)[]): Gradient[] {
    const { result, made } = trackStorages(() => {
      const edges = roots.map((root, k) => this.#seed(root, seeds[k]));
      const nodes = this.#reachable(edges.map((edge) => edge.node));
      for (const node of nodes) this.#visit(node);
      return this.#captured;
    });
    // A `tidy` around this backward frees the rest, but not what leaves keep.
    track(made.filter((storage) => !storage.isDisposed && !this.#given.has(storage)));
    return result;
  }

  #seed(root: Tensor, seed: Tensor | undefined): Edge {
    const edge = edgeOf(root);
    if (!edge) {
      throw new AutogradError(
        'backward',
        'the tensor does not require grad and has no gradFn. Compute it from a tensor that requires grad.',
      );
    }
    if (!seed && sizeOf(root.shape) !== 1) {
      throw new AutogradError(
        'backward',
        `a gradient can be implied for a tensor of one element only, this has shape ${show(root.shape)}. Reduce it (sum, mean) or pass a gradient.`,
      );
    }
    if (seed && !sameShape(seed.shape, root.shape)) {
      throw new ShapeError(
        'backward',
        `the gradient has shape ${show(seed.shape)}, the tensor ${show(root.shape)}. They must be equal.`,
      );
    }
    const grad = seed ? seed.to(root.dtype) : root.filled(1);
    if (grad !== seed && !this.#options.createGraph) this.#owned.set(grad.storage, 0);
    this.#deliver(edge, grad);
    return edge;
  }

  /** Every node that gradients will pass, newest first; with `wanted`, only those on the way there. */
  #reachable(roots: readonly Node[]): Node[] {
    const targets = this.#options.wanted && new Set(this.#options.wanted.map((edge) => edge?.node));
    const seen = new Set<Node>();
    const stack = [...roots];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      for (const edge of node.edges) if (edge) stack.push(edge.node);
    }
    const nodes = [...seen].sort((a, b) => b.id - a.id);
    if (!targets) return nodes;
    const leads = new Set<Node>();
    for (const node of nodes.toReversed()) {
      if (targets.has(node) || node.edges.some((edge) => edge && leads.has(edge.node))) leads.add(node);
    }
    this.#leads = leads;
    return nodes.filter((node) => leads.has(node));
  }

  #leads: Set<Node> | undefined;

  #visit(node: Node): void {
    const grads = this.#pending.get(node);
    if (!grads) return;
    this.#pending.delete(node);
    this.#runHooks(node, grads);
    this.#options.wanted?.forEach((edge, k) => {
      if (edge?.node !== node) return;
      const grad = grads[edge.slot];
      this.#captured[k] = grad;
      if (grad) this.#owned.delete(grad.storage);
    });
    if (node.leaf) {
      const [grad] = grads;
      if (grad && !this.#options.wanted) this.#accumulate(node.leaf, grad);
    } else if (node.edges.some((edge) => this.#flows(edge))) this.#propagate(node, grads);
    for (const grad of grads) if (grad) this.#drop(grad);
  }

  #flows(edge: Edge | undefined): boolean {
    return edge !== undefined && (!this.#leads || this.#leads.has(edge.node));
  }

  #propagate(node: Node, grads: readonly Gradient[]): void {
    const { createGraph, retainGraph, wanted } = this.#options;
    if (node.isCustom) for (const grad of grads) if (grad) this.#owned.delete(grad.storage);
    const { result: results, made } = trackStorages(() =>
      node.backward(grads, { needs: (k) => this.#flows(node.edges[k]), createGraph, intoLeaves: !wanted }),
    );
    if (!createGraph && !node.isCustom) {
      const kept = new Set(results.map((result) => result?.storage));
      for (const storage of made) {
        if (kept.has(storage)) this.#owned.set(storage, 0);
        else freeInternal(storage);
      }
    } else track(made);
    if (!retainGraph) node.release(createGraph);
    node.edges.forEach((edge, k) => {
      const grad = results[k];
      if (!edge || !grad || !this.#flows(edge)) return;
      if (isAnomalyDetected()) findAnomaly(node, k, grad);
      const fitted = fit(node, edge, grad);
      if (fitted !== grad && !createGraph) this.#owned.set(fitted.storage, 0);
      this.#deliver(edge, fitted);
    });
    // What no edge took.
    for (const result of results) if (result && this.#owned.get(result.storage) === 0) this.#free(result.storage);
  }

  #deliver({ node, slot }: Edge, grad: Tensor): void {
    const grads = this.#pending.get(node) ?? new Array<Gradient>(node.outputs.length).fill(undefined);
    this.#pending.set(node, grads);
    const before = grads[slot];
    if (!before) {
      grads[slot] = grad;
      this.#hold(grad);
      return;
    }
    if (
      !this.#options.createGraph &&
      this.#owned.get(before.storage) === 1 &&
      before.storage !== grad.storage &&
      before.isContiguous()
    ) {
      before.add_(grad);
      if (this.#owned.get(grad.storage) === 0) this.#free(grad.storage);
      return;
    }
    const { result: sum, made } = trackStorages(() => before.add(grad));
    if (!this.#options.createGraph) for (const storage of made) this.#owned.set(storage, 0);
    grads[slot] = sum;
    this.#hold(sum);
    this.#drop(before);
    if (this.#owned.get(grad.storage) === 0) this.#free(grad.storage);
  }

  #hold({ storage }: Tensor): void {
    const count = this.#owned.get(storage);
    if (count !== undefined) this.#owned.set(storage, count + 1);
  }

  #drop({ storage }: Tensor): void {
    const count = this.#owned.get(storage);
    if (count === undefined) return;
    if (count > 1) this.#owned.set(storage, count - 1);
    else this.#free(storage);
  }

  #free(storage: Storage): void {
    this.#owned.delete(storage);
    freeInternal(storage);
  }

  #runHooks(node: Node, grads: Gradient[]): void {
    for (const [slot, hooks] of node.hooks) {
      for (const hook of hooks) {
        const grad = grads[slot];
        if (!grad) break;
        this.#owned.delete(grad.storage);
        const changed: unknown = hook(grad);
        if (changed === undefined || changed === null) continue;
        if (!isTensor(changed) || !sameShape(changed.shape, grad.shape) || changed.dtype !== grad.dtype) {
          const what = isTensor(changed) ? `a ${changed.dtype} tensor of shape ${show(changed.shape)}` : typeof changed;
          throw new AutogradError(
            node.name,
            `a hook returned ${what} for a ${grad.dtype} gradient of shape ${show(grad.shape)}. Return one like it, or nothing.`,
          );
        }
        grads[slot] = changed;
      }
    }
  }

  #accumulate(leaf: Tensor, grad: Tensor): void {
    // It may have stopped requiring grad since.
    if (!leaf.requiresGrad) return;
    const before = leaf.grad;
    const { createGraph } = this.#options;
    if (before) {
      if (createGraph) this.#given.add((leaf.grad = before.add(grad)).storage);
      else before.add_(grad);
      return;
    }
    const isOurs =
      this.#owned.get(grad.storage) === 1 && grad.isContiguous() && grad.storage.length === sizeOf(grad.shape);
    if (isOurs) this.#owned.delete(grad.storage);
    leaf.grad = createGraph ? grad.clone() : isOurs ? grad.detach() : grad.clone().detach();
    this.#given.add(leaf.grad.storage);
  }
}

/** A gradient as the output it belongs to wants it: PyTorch sums what was broadcast and converts floats. */
function fit(node: Node, { node: to, slot }: Edge, grad: Tensor): Tensor {
  const output = to.outputs[slot];
  if (!output) return grad;
  if (!sameShape(grad.shape, output.shape)) {
    throw new ShapeError(
      node.name,
      `its backward returned a gradient of shape ${show(grad.shape)} for an input of shape ${show(output.shape)}. They must be equal.`,
    );
  }
  return grad.dtype !== output.dtype && isFloat(output.dtype) ? grad.to(output.dtype) : grad;
}
