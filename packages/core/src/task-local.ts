// What belongs to a task, and not to everybody: in Node it follows the asynchronous call chain. Elsewhere there is no such thing
// yet (AsyncContext is a proposal): there it holds for everything that runs until the promise settles.

/** @internal A value that a function, which may be async, runs with. */
export interface TaskLocal<V> {
  run<T>(value: V, fn: () => T): T;
  getStore(): V | undefined;
}

interface NodeProcess {
  getBuiltinModule?(name: string): { AsyncLocalStorage: new <V>() => TaskLocal<V> } | undefined;
}

function pageLocal<V>(): TaskLocal<V> {
  let current: V | undefined;
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

/** @internal */
export function taskLocal<V>(): TaskLocal<V> {
  const { process } = globalThis as { process?: NodeProcess };
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  return hooks ? new hooks.AsyncLocalStorage<V>() : pageLocal<V>();
}
