// Hooks of every module, for debugging and profiling: they run before a module's own.

import { addHook, everyModule, type BackwardHook, type BackwardPreHook, type ForwardHook, type ForwardHookOptions, type ForwardPreHook, type HookHandle } from './hooks.ts'; // prettier-ignore
import type { Module } from './module.ts';

/**
 * Calls `hook` before the `forward` of every module; what it returns replaces the arguments.
 * torch.nn.modules.module.register_module_forward_pre_hook
 */
export function registerModuleForwardPreHook(hook: ForwardPreHook<Module>): HookHandle {
  return addHook(everyModule, 'forwardPre', hook);
}

/**
 * Calls `hook` after the `forward` of every module; what it returns replaces the output.
 * torch.nn.modules.module.register_module_forward_hook
 */
export function registerModuleForwardHook(
  hook: ForwardHook<Module>,
  { alwaysCall = false }: Pick<ForwardHookOptions, 'alwaysCall'> = {},
): HookHandle {
  return addHook(everyModule, 'forward', hook, { alwaysCall });
}

/**
 * Calls `hook` in backward with the gradients of the outputs of every module; what it returns replaces them.
 * torch.nn.modules.module.register_module_full_backward_pre_hook
 */
export function registerModuleFullBackwardPreHook(hook: BackwardPreHook<Module>): HookHandle {
  return addHook(everyModule, 'backwardPre', hook);
}

/**
 * Calls `hook` in backward with the gradients of the arguments and of the outputs of every module; what it returns replaces the
 * former. torch.nn.modules.module.register_module_full_backward_hook
 */
export function registerModuleFullBackwardHook(hook: BackwardHook<Module>): HookHandle {
  return addHook(everyModule, 'backward', hook);
}
