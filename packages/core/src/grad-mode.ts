// Whether operations are recorded for gradients. The mode belongs to the task, not to a global: in Node it follows the
// asynchronous call chain. Elsewhere there is no such thing yet (AsyncContext is a proposal): there `noGrad(async …)` holds
// for everything that runs until its promise settles, so prefer the synchronous form.

import { taskLocal, type TaskLocal } from './task-local.ts';

let mode: TaskLocal<boolean> | undefined;

/** Whether operations on tensors that require grad are recorded. torch.is_grad_enabled */
export function isGradEnabled(): boolean {
  return mode?.getStore() ?? true;
}

function withGrad<T>(enabled: boolean, fn: () => T): T {
  mode ??= taskLocal();
  return mode.run(enabled, fn);
}

/** Runs `fn`, which may be async, without recording gradients, and returns what it returns. torch.no_grad */
export function noGrad<T>(fn: () => T): T {
  return withGrad(false, fn);
}

/** Runs `fn`, which may be async, recording gradients even inside `noGrad`. torch.enable_grad */
export function enableGrad<T>(fn: () => T): T {
  return withGrad(true, fn);
}
