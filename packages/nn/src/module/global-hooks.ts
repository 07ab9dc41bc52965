// Hooks of every module, for debugging and profiling: they run before a module's own.

import { addHook, type BackwardHook, type BackwardPreHook, type ForwardHook, type ForwardHookOptions, type ForwardPreHook, type HookHandle } from './hooks.ts'; // prettier-ignore
import type { Module } from './module.ts';

/** @internal */
export const globalHooks = {
  forwardPre: new Set<ForwardPreHook<Module>>(),
  forward: new Set<ForwardHook<Module>>(),
  alwaysCalled: new WeakSet<object>(),
  backwardPre: new Set<BackwardPreHook<Module>>(),
  backward: new Set<BackwardHook<Module>>(),
};

/**
 * Calls `hook` before the `forward` of every module; what it returns replaces the arguments.
 * torch.nn.modules.module.register_module_forward_pre_hook
 */
export function registerModuleForwardPreHook(hook: ForwardPreHook<Module>): HookHandle {
  return addHook(globalHooks.forwardPre, hook);
}

/**
 * Calls `hook` after the `forward` of every module; what it returns replaces the output.
 * torch.nn.modules.module.register_module_forward_hook
 */
export function registerModuleForwardHook(
  hook: ForwardHook<Module>,
  { alwaysCall = false }: Pick<ForwardHookOptions, 'alwaysCall'> = {},
): HookHandle {
  return addForwardHook(globalHooks.forward, globalHooks.alwaysCalled, hook, { alwaysCall });
}

/**
 * Calls `hook` in backward with the gradients of the outputs of every module; what it returns replaces them.
 * torch.nn.modules.module.register_module_full_backward_pre_hook
 */
export function registerModuleFullBackwardPreHook(hook: BackwardPreHook<Module>): HookHandle {
  return addHook(globalHooks.backwardPre, hook);
}

/**
 * Calls `hook` in backward with the gradients of the arguments and of the outputs of every module; what it returns replaces the
 * former. torch.nn.modules.module.register_module_full_backward_hook
 */
export function registerModuleFullBackwardHook(hook: BackwardHook<Module>): HookHandle {
  return addHook(globalHooks.backward, hook);
}

/** @internal Adds a forward hook, and remembers whether it is called after an error. */
export function addForwardHook<H extends (...args: never[]) => unknown>(
  hooks: Set<H>,
  alwaysCalled: WeakSet<object>,
  hook: H,
  { alwaysCall = false, prepend = false }: ForwardHookOptions,
): HookHandle {
  const handle = addHook(hooks, hook, { prepend });
  const own = prepend ? [...hooks][0] : [...hooks].at(-1);
  if (alwaysCall && own) alwaysCalled.add(own);
  return handle;
}
