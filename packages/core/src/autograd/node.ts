// The graph of what was computed: a node per operation, an edge from each of its inputs to the node that made it.
// Nodes are numbered as they are made, so walking them by falling number is a topological order.

import { freeInternal } from '../dispatch.ts';
import { AutogradError } from '../errors.ts';
import type { Device } from '../device.ts';
import type { DType } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import type { LaneSet } from '../vmap/lanes.ts';

/** A gradient, or nothing where none flows (a zero that is never stored). */
export type Gradient = Tensor | undefined;

/** Where the gradient of an input goes: output `slot` of `node`. */
export interface Edge {
  readonly node: Node;
  readonly slot: number;
}

export interface BackwardContext {
  /** Whether input `k` wants a gradient. */
  needs(k: number): boolean;
  /** Saved tensor `k`. Throws if it was changed in place since, or freed by an earlier backward. */
  saved(k: number): Tensor;
  /** Saved tensor `k`, which the node alone knows, as the caller's own to change and return; undefined if it is needed again. */
  take(k: number): Tensor | undefined;
  /** Whether the gradient of output 0 is the 1 that this backward began with. */
  readonly isOne: boolean;
  /** Whether the gradient computation is recorded itself: then backward may use differentiable operations only. */
  readonly createGraph: boolean;
  /** Whether gradients end in the `.grad` of leaves, and not at tensors that `grad()` was asked for. */
  readonly intoLeaves: boolean;
}

/** From the gradients of the outputs to those of the inputs. */
export type Backward = (grads: readonly Gradient[], context: BackwardContext) => readonly Gradient[];

export type Hook = (grad: Tensor) => Tensor | void;

interface Saved {
  readonly tensor: Tensor;
  readonly version: number;
  isInternal: boolean;
}

export interface OutputDescription {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly device: Device;
  /** Inside `vmap`: what tells its lanes apart. */
  readonly lanes: LaneSet | undefined;
}

let lastId = 0;
let anomaly = false;

/** Whether nodes remember where they were made and gradients are checked for NaN. torch.autograd.set_detect_anomaly */
export function setDetectAnomaly(enabled: boolean): void {
  anomaly = enabled;
}

export function isAnomalyDetected(): boolean {
  return anomaly;
}

export class Node {
  readonly id = ++lastId;
  readonly edges: readonly (Edge | undefined)[];
  readonly outputs: readonly OutputDescription[];
  /** By output; undefined while there are none. */
  hooks: Map<number, Set<Hook>> | undefined;
  /** Where the operation was called, if anomalies are being detected. */
  readonly calledAt: string | undefined;
  /** Of an AccumulateGrad node: the tensor whose `.grad` it adds to. */
  readonly leaf: Tensor | undefined;
  /** Whether its backward runs code of the user, who may keep what it is given. */
  readonly isCustom: boolean;
  readonly #op: string;
  #backward: Backward | undefined;
  #saved: Saved[] | undefined = [];

  constructor(
    op: string,
    edges: readonly (Edge | undefined)[],
    outputs: readonly OutputDescription[],
    backward: Backward,
    { saved, isCustom = false, leaf }: { saved?: readonly Tensor[]; isCustom?: boolean; leaf?: Tensor } = {},
  ) {
    this.#op = op;
    this.edges = edges;
    this.outputs = outputs;
    this.isCustom = isCustom;
    this.leaf = leaf;
    this.#backward = backward;
    if (saved) for (const tensor of saved) this.save(tensor);
    this.calledAt = anomaly ? new Error(this.name).stack : undefined;
  }

  /** As PyTorch prints it: `MulBackward`. */
  get name(): string {
    return this.leaf ? 'AccumulateGrad' : `${this.#op.charAt(0).toUpperCase()}${this.#op.slice(1)}Backward`;
  }

  /** Keeps one more tensor for backward. An internal one is known to this node alone and is freed with it. */
  save(tensor: Tensor, isInternal = false): void {
    this.#saved?.push({ tensor, version: tensor.storage.version, isInternal });
  }

  backward(grads: readonly Gradient[], context: BackwardContext): readonly Gradient[] {
    if (!this.#backward) throw this.#alreadyUsed();
    // A graph of the gradients saves them too, and may be used when this node is released.
    if (context.createGraph) for (const saved of this.#saved ?? []) saved.isInternal = false;
    return this.#backward(grads, context);
  }

  #alreadyUsed(): AutogradError {
    return new AutogradError(
      'backward',
      `the graph of ${this.name} was already used and freed. Call backward({ retainGraph: true }) the first time to use it again.`,
    );
  }

  /** Saved tensor `k`. Throws if it was changed in place since, or freed by an earlier backward. */
  saved(k: number): Tensor {
    if (!this.#saved) throw this.#alreadyUsed();
    const saved = this.#saved[k];
    if (!saved) throw new AutogradError('backward', `${this.name} saved no value ${k}.`);
    const now = saved.tensor.storage.version;
    if (now !== saved.version) {
      const { shape, dtype } = saved.tensor;
      throw new AutogradError(
        'backward',
        `a value needed for the gradient of ${this.name} was changed in place: a ${dtype} tensor of shape [${shape.join(', ')}] is at version ${now}, ` +
          `version ${saved.version} was saved. Use the out-of-place operation, or clone() before changing it.`,
      );
    }
    return saved.tensor;
  }

  /** Saved tensor `k`, which `release` then leaves to the caller. */
  take(k: number): Tensor {
    const tensor = this.saved(k);
    const saved = this.#saved?.[k];
    if (saved) saved.isInternal = false;
    return tensor;
  }

  /** Lets go of what was saved; `shared` says that a graph of the gradients may have saved it too. */
  release(shared: boolean): void {
    const saved = this.#saved ?? [];
    if (!shared) for (const { tensor, isInternal } of saved) if (isInternal) freeInternal(tensor.storage);
    // What backward closes over goes with it; where nothing was saved it can run again, as in PyTorch.
    if (saved.length > 0) this.#backward = undefined;
    this.#saved = undefined;
  }

  addHook(slot: number, hook: Hook): { remove(): void } {
    this.hooks ??= new Map();
    const hooks = this.hooks.get(slot) ?? new Set<Hook>();
    // A function of its own, so that one that is added twice is called twice.
    const own: Hook = (grad) => hook(grad);
    this.hooks.set(slot, hooks.add(own));
    return { remove: () => void hooks.delete(own) };
  }
}
