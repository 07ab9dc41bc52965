// Whether operations are recorded for gradients. The mode belongs to the task, not to a global: in Node it follows the
// asynchronous call chain. Elsewhere there is no such thing yet (AsyncContext is a proposal): there `noGrad(async …)` holds
// for everything that runs until its promise settles, so prefer the synchronous form.

interface TaskLocal {
  run<T>(value: boolean, fn: () => T): T;
  getStore(): boolean | undefined;
}

interface NodeProcess {
  getBuiltinModule?(name: string): { AsyncLocalStorage: new () => TaskLocal } | undefined;
}

function pageLocal(): TaskLocal {
  let current: boolean | undefined;
  return {
    getStore: () => current,
    run(value, fn) {
      const before = current;
      const restore = (): void => {
        current = before;
      };
      current = value;
      let result;
      try {
        result = fn();
      } catch (error) {
        restore();
        throw error;
      }
      if (result instanceof Promise) result.then(restore, restore);
      else restore();
      return result;
    },
  };
}

function taskLocal(): TaskLocal {
  const { process } = globalThis as { process?: NodeProcess };
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  return hooks ? new hooks.AsyncLocalStorage() : pageLocal();
}

let mode: TaskLocal | undefined;

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
