// Functions with a gradient of their own under autocast: backward runs outside of the region, but may want what forward had.

import { isEligible, replaced } from './autocast.ts';
import { autocasting, withAutocast, type AutocastMode } from './autocast-mode.ts';
import type { FunctionContext } from './autograd/function.ts';
import type { DType } from './kernel/index.ts';

export interface CustomFwdOptions {
  /** Under autocast: convert the tensors among the arguments to this dtype, and run as outside of it. Default: neither. */
  readonly castInputs?: DType;
}

/** The region that each forward ran in. */
const modes = /* @__PURE__ */ new WeakMap<FunctionContext, AutocastMode | undefined>();

/**
 * The forward of an `autograd.Function` that remembers for its backward, which `customBwd` wraps, whether it ran under
 * autocast. With `castInputs` float16 and float32 arguments are converted first. torch.cuda.amp.custom_fwd
 *
 * @example
 * class Product extends autograd.Function {
 *   static forward = amp.customFwd((ctx, x: Tensor, y: Tensor) => {
 *     ctx.saveForBackward(x, y);
 *     return x.matmul(y);
 *   });
 *   static backward = amp.customBwd((ctx, grad) => {
 *     const [x, y] = ctx.savedTensors as [Tensor, Tensor];
 *     return [grad.matmul(y.t()), x.t().matmul(grad)];
 *   });
 * }
 */
export function customFwd<A extends readonly unknown[], R>(
  forward: (ctx: FunctionContext, ...args: A) => R,
  { castInputs }: CustomFwdOptions = {},
): (ctx: FunctionContext, ...args: A) => R {
  return (ctx, ...args) => {
    const mode = autocasting();
    const isOutside = mode !== undefined && castInputs !== undefined;
    modes.set(ctx, isOutside ? undefined : mode);
    if (!isOutside) return forward(ctx, ...args);
    const given = replaced(args, (x) => (isEligible(x) ? x.to(castInputs) : x)) as unknown as A;
    return withAutocast(undefined, () => forward(ctx, ...given));
  };
}

/** The backward of an `autograd.Function` whose forward `customFwd` wraps: it runs under autocast if that did. torch.cuda.amp.custom_bwd */
export function customBwd<G extends readonly unknown[], R>(
  backward: (ctx: FunctionContext, ...grads: G) => R,
): (ctx: FunctionContext, ...grads: G) => R {
  return (ctx, ...grads) => withAutocast(modes.get(ctx), () => backward(ctx, ...grads));
}
