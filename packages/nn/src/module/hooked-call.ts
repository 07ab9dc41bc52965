// A call of a module: its forward between its hooks and those of every module.

import { withBackwardHook, withBackwardPreHook } from './backward-hook.ts';
import { alwaysCalled, everyModule, hooks, hooksOf, type HookTypes, type Hung } from './hooks.ts';
import type { Module } from './module.ts';
import { outsideOfForwards, runForward } from './running.ts';

export function hookedCall(module: Module, args: readonly unknown[]): unknown {
  let forward = (from: readonly unknown[]): unknown => runForward(module, from as never);
  if (everyModule.length + module[hooks]().length === 0) return forward(args);
  const all = <K extends Hung['kind']>(kind: K): HookTypes<Module>[K][] =>
    hooksOf([...everyModule, ...module[hooks]()], kind);
  for (const hook of all('backward'))
    forward = withBackwardHook(forward, (gradInput, gradOutput) => hook(module, gradInput, gradOutput));
  // The outermost sees the gradient first.
  for (const hook of all('backwardPre').toReversed())
    forward = withBackwardPreHook(forward, (gradOutput) => hook(module, gradOutput));
  let given = args as never;
  const called = new Set<unknown>();
  try {
    for (const hook of all('forwardPre')) {
      const replaced = outsideOfForwards(() => hook(module, given));
      if (replaced !== undefined) given = (Array.isArray(replaced) ? replaced : [replaced]) as never;
    }
    let output = forward(given);
    for (const hook of all('forward')) {
      called.add(hook);
      const replaced = outsideOfForwards(() => hook(module, given, output));
      if (replaced !== undefined) output = replaced;
    }
    return output;
  } catch (error) {
    for (const hook of all('forward'))
      if (alwaysCalled.has(hook) && !called.has(hook)) callQuietly(() => hook(module, given, undefined));
    throw error;
  }
}

/** A hook after an error, whose own errors would hide it. */
function callQuietly(hook: () => unknown): void {
  try {
    outsideOfForwards(hook);
  } catch {
    // The first error is thrown.
  }
}
