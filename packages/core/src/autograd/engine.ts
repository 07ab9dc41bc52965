// The gradient engine: walks the graph from the outputs, newest node first, and carries gradients along its edges.
// What it makes on the way is freed as soon as the last one who needs it has run, unless somebody outside may hold it:
// a leaf's grad, a hook, a function written by the user, or a graph of the gradients themselves.

import { freeInternal, isBeforeRecording } from '../dispatch.ts';
import { trackStorages, track, type Storage } from '../device.ts';
import { AutogradError, ShapeError, show } from '../errors.ts';
import { enableGrad, noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { isFloat, sizeOf } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { spare } from '../tidy.ts';
import { findAnomaly } from './anomaly.ts';
import { isAnomalyDetected, type BackwardContext, type Edge, type Gradient, type Node } from './node.ts';
import { edgeOf } from './state.ts';

interface Options {
  readonly retainGraph: boolean;
  readonly createGraph: boolean;
  /** Where gradients are asked for; undefined: at all leaves, into their `.grad`. */
  readonly wanted?: readonly (Edge | undefined)[];
}

/** Gradients on their way to one node, a slot per output. */
interface Pending {
  readonly node: Node;
  readonly grads: Gradient[];
}

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
  /** By rising age of their nodes, so that the last is next. */
  readonly #pending: Pending[] = [];
  readonly #captured: Gradient[];
  /** Storages that became the `.grad` of a leaf. */
  readonly #given = new Set<Storage>();
  /** Storages that were made and are neither held nor freed yet. */
  #made: Storage[] = [];
  /** With `wanted`: the nodes on the way there. */
  #leads: Set<Node> | undefined;
  /** The 1 that a root without a seed begins with. */
  #one: Tensor | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#captured = (options.wanted ?? []).map(() => undefined);
  }

  go(roots: readonly Tensor[], seeds: readonly (Tensor | undefined)[]): Gradient[] {
    const { result, made } = trackStorages((list) => {
      this.#made = list;
      const edges = roots.map((root, k) => this.#seed(root, seeds[k]));
      const { wanted } = this.#options;
      if (wanted) this.#leads = leadsTo(new Set(wanted.map((edge) => edge?.node)), edges.map((edge) => edge.node)); // prettier-ignore
      for (let next = this.#pending.pop(); next; next = this.#pending.pop()) this.#visit(next);
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
    const grad = seed ? seed.to(root.dtype) : (this.#one = root.filled(1));
    if (grad !== seed && !this.#options.createGraph) grad.storage.held = 0;
    this.#deliver(edge, grad);
    return edge;
  }

  #visit({ node, grads }: Pending): void {
    if (!this.#leads || this.#leads.has(node)) {
      if (node.hooks) this.#runHooks(node, node.hooks, grads);
      const { wanted } = this.#options;
      wanted?.forEach((edge, k) => {
        if (edge?.node !== node) return;
        const grad = grads[edge.slot];
        this.#captured[k] = grad;
        if (grad) this.#letGo(grad.storage);
      });
      if (node.leaf) {
        const [grad] = grads;
        if (grad && !wanted) this.#accumulate(node.leaf, grad);
      } else this.#propagate(node, grads);
    }
    for (const grad of grads) if (grad) this.#drop(grad);
  }

  /** Whether a gradient shall pass an edge. */
  flows(edge: Edge | undefined): edge is Edge {
    return edge !== undefined && (!this.#leads || this.#leads.has(edge.node));
  }

  /** Whether a gradient is the 1 that a root began with, and has not been changed in place since. */
  isOne(grad: Gradient): boolean {
    return grad !== undefined && grad === this.#one && grad.storage.version === 0;
  }

  /** Takes saved tensor `k` from a node that is not kept: from here on it is as if made by this run. */
  take(node: Node, k: number): Tensor | undefined {
    if (this.#options.retainGraph || isBeforeRecording(node.saved(k).storage)) return undefined;
    const tensor = node.take(k);
    this.#made.push(tensor.storage);
    spare(tensor.storage);
    return tensor;
  }

  #propagate(node: Node, grads: readonly Gradient[]): void {
    const { createGraph, retainGraph } = this.#options;
    const { edges } = node;
    if (!edges.some((edge) => this.flows(edge))) return;
    if (node.isCustom) for (const grad of grads) if (grad) this.#letGo(grad.storage);
    const before = this.#made.length;
    const results = node.backward(grads, new Context(this, node, this.#options, this.isOne(grads[0])));
    if (!createGraph && !node.isCustom) this.#claim(before, results);
    if (!retainGraph) node.release(createGraph);
    for (let k = 0; k < edges.length; k++) {
      const edge = edges[k];
      const grad = results[k];
      if (!grad || !this.flows(edge)) continue;
      if (isAnomalyDetected()) findAnomaly(node, k, grad);
      const fitted = fit(node, edge, grad);
      if (fitted !== grad && !createGraph) fitted.storage.held = 0;
      this.#deliver(edge, fitted);
    }
    // What no edge took.
    for (const result of results) if (result?.storage.held === 0) this.#free(result.storage);
  }

  /** Of what was made since, the results are this run's to hold, the rest was made on the way. */
  #claim(before: number, results: readonly Gradient[]): void {
    for (let k = before; k < this.#made.length; k++) {
      const storage = this.#made[k] as Storage;
      if (results.some((result) => result?.storage === storage)) storage.held = 0;
      else freeInternal(storage);
    }
    this.#made.length = before;
  }

  /** The gradients on their way to a node. */
  #pendingOf(node: Node): Gradient[] {
    const pending = this.#pending;
    let [low, high] = [0, pending.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pending[middle] as Pending).node.id < node.id) low = middle + 1;
      else high = middle;
    }
    const known = pending[low];
    if (known?.node === node) return known.grads;
    const grads = new Array<Gradient>(node.outputs.length).fill(undefined);
    pending.splice(low, 0, { node, grads });
    return grads;
  }

  #deliver({ node, slot }: Edge, grad: Tensor): void {
    const grads = this.#pendingOf(node);
    const before = grads[slot];
    if (!before) {
      grads[slot] = grad;
      hold(grad);
      return;
    }
    const { createGraph } = this.#options;
    if (!createGraph && before.storage.held === 1 && before.storage !== grad.storage && before.isContiguous()) {
      before.add_(grad);
    } else {
      const start = this.#made.length;
      const sum = before.add(grad);
      if (!createGraph) this.#claim(start, [sum]);
      grads[slot] = sum;
      hold(sum);
      this.#drop(before);
    }
    if (grad.storage.held === 0) this.#free(grad.storage);
  }

  #drop({ storage }: Tensor): void {
    if (storage.held > 1) storage.held--;
    else if (storage.held >= 0) this.#free(storage);
  }

  /** Of a gradient that somebody outside may keep: it is a `tidy`'s to free. */
  #letGo(storage: Storage): void {
    if (storage.held >= 0) this.#made.push(storage);
    storage.held = -1;
  }

  #free(storage: Storage): void {
    storage.held = -1;
    freeInternal(storage);
  }

  #runHooks(node: Node, all: NonNullable<Node['hooks']>, grads: Gradient[]): void {
    for (const [slot, hooks] of all) {
      for (const hook of hooks) {
        const grad = grads[slot];
        if (!grad) break;
        this.#letGo(grad.storage);
        const changed: unknown = hook(grad);
        if (changed === undefined || changed === null) continue;
        if (!isTensor(changed) || !sameShape(changed.shape, grad.shape) || changed.dtype !== grad.dtype) {
          const what = isTensor(changed) ? `a ${changed.dtype} tensor of shape ${show(changed.shape)}` : typeof changed;
          throw new AutogradError(
            node.name,
            `a hook returned ${what} for a ${grad.dtype} gradient of shape ${show(grad.shape)}. Return one like it, or nothing.`,
          );
        }
        grads[slot] = grad.storage.lanes?.set.in(changed) ?? changed;
      }
    }
  }

  #accumulate(leaf: Tensor, grad: Tensor): void {
    // It may have stopped requiring grad since.
    if (!leaf.requiresGrad) return;
    grad.storage.lanes?.set.checkGradOf(leaf);
    const { createGraph } = this.#options;
    if (createGraph) {
      const sum = leaf.grad?.add(grad) ?? grad.clone();
      leaf.grad = sum;
      this.#given.add(sum.storage);
      return;
    }
    const before = leaf.ownGrad;
    if (before) {
      before.add_(grad);
      return;
    }
    const isOurs = grad.storage.held === 1 && grad.isContiguous() && grad.storage.length === sizeOf(grad.shape);
    if (isOurs) grad.storage.held = -1;
    const own = isOurs ? grad.detach() : grad.clone().detach();
    leaf.giveGrad(own);
    this.#given.add(own.storage);
  }
}

/** What the backward of one node is told. */
class Context implements BackwardContext {
  readonly createGraph: boolean;
  readonly intoLeaves: boolean;
  readonly isOne: boolean;
  readonly #run: Run;
  readonly #node: Node;

  constructor(run: Run, node: Node, { createGraph, wanted }: Options, isOne: boolean) {
    this.#run = run;
    this.#node = node;
    this.createGraph = createGraph;
    this.intoLeaves = !wanted;
    this.isOne = isOne;
  }

  needs(k: number): boolean {
    return this.#run.flows(this.#node.edges[k]);
  }

  saved(k: number): Tensor {
    return this.#node.saved(k);
  }

  take(k: number): Tensor | undefined {
    return this.#run.take(this.#node, k);
  }
}

function hold({ storage }: Tensor): void {
  if (storage.held >= 0) storage.held++;
}

/** Every node on a way from the roots to the targets. */
function leadsTo(targets: ReadonlySet<Node | undefined>, roots: readonly Node[]): Set<Node> {
  const seen = new Set<Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const edge of node.edges) if (edge) stack.push(edge.node);
  }
  const leads = new Set<Node>();
  for (const node of [...seen].sort((a, b) => a.id - b.id)) {
    if (targets.has(node) || node.edges.some((edge) => edge && leads.has(edge.node))) leads.add(node);
  }
  return leads;
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
  // What a function of the user made may be the same in each lane.
  const lanes = (node.isCustom && node.outputs[0]?.lanes) || grad.storage.lanes?.set;
  const common = lanes?.sumTo(grad, output.lanes) ?? grad;
  return common.dtype !== output.dtype && isFloat(output.dtype) ? common.to(output.dtype) : common;
}
