// What a tensor knows of the graph. Views know the tensor they are views of: an in-place change anywhere rewrites the
// history of that base, and each view derives its own anew from it when it is next asked (as PyTorch does).

import { AutogradError, show } from '../errors.ts';
import { isGradEnabled } from '../grad-mode.ts';
import { sizeOf } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { Node, type Backward, type Edge, type OutputDescription } from './node.ts';

export interface AutogradState {
  /** A leaf that collects a gradient. */
  requiresGrad: boolean;
  /** The output of which node it is; undefined for leaves. */
  edge: Edge | undefined;
  /** For leaves: the node that adds to `.grad`. */
  accumulate: Edge | undefined;
  /** For views: the tensor whose memory this is, itself no view. */
  readonly base: Tensor | undefined;
  /** For views: the version of the storage that `edge` belongs to. */
  version: number;
  /** For views: why it may not be changed in place where that is recorded. A view of it inherits this. */
  frozen: 'noGrad' | 'oneOfMany' | undefined;
  retainsGrad: boolean;
}

export function stateOf(x: Tensor): AutogradState {
  return (x.autograd ??= makeState());
}

function makeState(base?: Tensor, version = 0, frozen?: AutogradState['frozen']): AutogradState {
  return {
    requiresGrad: false,
    edge: undefined,
    accumulate: undefined,
    base,
    version,
    frozen: base && !isGradEnabled() ? 'noGrad' : frozen,
    retainsGrad: false,
  };
}

/** Marks `view` as a view of what `of` is a view of, or of `of` itself. */
export function markView(view: Tensor, of: Tensor): void {
  view.autograd = makeState(of.autograd?.base ?? of, view.storage.version, of.autograd?.frozen);
}

/** Marks views that one operation made together (split, unbind): as in PyTorch none may be changed in place by itself. */
export function markOneOfMany(views: readonly Tensor[]): Tensor[] {
  for (const { autograd } of views) if (autograd) autograd.frozen ??= 'oneOfMany';
  return [...views];
}

/** The node that made a tensor; undefined for leaves. For a view of something changed since, derived anew. */
export function gradNode(x: Tensor): Node | undefined {
  return gradEdge(x)?.node;
}

function gradEdge(x: Tensor): Edge | undefined {
  const { autograd } = x;
  if (!autograd) return undefined;
  const { base } = autograd;
  if (base && autograd.version !== x.storage.version && !autograd.requiresGrad) {
    autograd.version = x.storage.version;
    if (base.requiresGrad && autograd.frozen !== 'noGrad') {
      const node = new Node('asStrided', [edgeOf(base)], [describeOutput(x)], asStridedBackward(x, base));
      autograd.edge = { node, slot: 0 };
    }
  }
  return autograd.edge;
}

/** The adjoint of reading a view: its gradient, put where the view lies, zero elsewhere. */
function asStridedBackward(view: Tensor, base: Tensor): Backward {
  const { shape, strides, offset } = view;
  const target = { shape: base.shape, strides: base.strides, offset: base.offset };
  const { length } = base.storage;
  return ([grad]) => [
    grad && embed(grad, { shape, strides, offset }, length).asStrided(target.shape, target.strides, target.offset),
  ];
}

function embed(
  grad: Tensor,
  geometry: { shape: readonly number[]; strides: readonly number[]; offset: number },
  length: number,
): Tensor {
  return grad.asStridedAdjoint(geometry.strides, geometry.offset, length);
}

/** Where the gradient of a tensor goes: undefined where it needs none. */
export function edgeOf(x: Tensor): Edge | undefined {
  const { autograd } = x;
  if (!autograd) return undefined;
  const edge = gradEdge(x);
  if (edge || !autograd.requiresGrad) return edge;
  return (autograd.accumulate ??= {
    node: new Node('accumulateGrad', [], [describeOutput(x)], () => [], { leaf: x }),
    slot: 0,
  });
}

/** Whether an operation on these is to be recorded. */
export function needsGraph(inputs: readonly Tensor[]): boolean {
  for (const x of inputs) if (x.autograd !== undefined && x.requiresGrad) return isGradEnabled();
  return false;
}

export interface RecordOptions {
  /** What backward needs, in the order of `context.saved(k)`. */
  readonly saved?: readonly Tensor[];
  readonly isCustom?: boolean;
}

/** Records that `outputs` were made from `inputs`: `backward` gives their gradients. Call when `needsGraph(inputs)`. */
export function recordNode(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  backward: Backward,
  options: RecordOptions = {},
): Node {
  const node = new Node(name, inputs.map(edgeOf), outputs.map(describeOutput), backward, options);
  outputs.forEach((output, slot) => attach(output, node, slot));
  return node;
}

export function describeOutput({ shape, dtype, device, storage }: Tensor): OutputDescription {
  return { shape, dtype, device, lanes: storage.lanes?.set };
}

/** Makes `node` the history of a tensor. */
function attach(x: Tensor, node: Node, slot: number): void {
  const state = stateOf(x);
  state.edge = { node, slot };
  state.version = x.storage.version;
}

/** Refuses to change in place what must not be: a leaf that requires grad, a view of one, overlapping memory. */
export function checkInplace(op: string, x: Tensor, others: readonly Tensor[]): void {
  for (let d = 0; d < x.strides.length; d++) {
    if (x.strides[d] === 0 && (x.shape[d] ?? 1) > 1 && sizeOf(x.shape) > 0) {
      throw new AutogradError(
        op,
        `the tensor of shape ${show(x.shape)} is expanded: several of its elements are one in memory. clone() it before changing it in place.`,
      );
    }
  }
  if (!isGradEnabled()) return;
  const base = x.autograd?.base;
  const isWanted = ({ autograd }: Tensor): boolean => autograd?.requiresGrad === true && !autograd.edge;
  if (isWanted(x) || (base && isWanted(base))) {
    const what = isWanted(x) ? 'a leaf that requires grad' : 'a view of a leaf that requires grad';
    throw new AutogradError(
      op,
      `${what} cannot be changed in place. Use noGrad(() => …), or the out-of-place operation.`,
    );
  }
  const frozen = x.autograd?.frozen;
  if (base && frozen && (base.requiresGrad || others.some((y) => y.requiresGrad)))
    throw new AutogradError(op, frozenBecause[frozen]);
}

const frozenBecause = {
  noGrad:
    'a view made inside noGrad is changed in place while gradients are recorded. Make the view outside, or change it inside.',
  oneOfMany:
    'one of several views that were made together (by split, chunk or unbind) is changed in place. Make it by narrow or select, or use the out-of-place operation.',
};

/**
 * Gives `x`, which was just changed in place, its new history. `backward` is that of the operation as if it were
 * out of place, with the old x as input 0.
 */
export function rebaseHistory(
  name: string,
  x: Tensor,
  others: readonly Tensor[],
  backward: Backward,
  options: RecordOptions,
): Node {
  const base = x.autograd?.base;
  const edges = [edgeOf(base ?? x), ...others.map(edgeOf)];
  const node = new Node(
    name,
    edges,
    [describeOutput(base ?? x)],
    base ? throughView(x, base, backward) : backward,
    options,
  );
  attach(base ?? x, node, 0);
  return node;
}

/** The gradient of a change to a view of `base`: outside of the view it passes, inside it goes through the operation. */
function throughView(view: Tensor, base: Tensor, backward: Backward): Backward {
  const { shape, strides, offset } = view;
  const geometry = { shape: base.shape, strides: base.strides, offset: base.offset, length: base.storage.length };
  return ([grad], context) => {
    if (!grad) return [];
    const whole = grad.stridedCopy(geometry);
    const part = whole.asStrided(shape, strides, offset);
    const [inner, ...rest] = backward([part.clone()], context);
    if (context.needs(0)) {
      if (inner) part.copy_(inner);
      else part.zero_();
    }
    return [whole, ...rest];
  };
}
