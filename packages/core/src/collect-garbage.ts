// Collecting garbage in the middle of a program, and hearing of it there. A loop that never yields turns no event loop, so no
// finalizer runs in it. Node lets us do without: a context with a microtask queue of its own has a checkpoint whenever a script
// of it ends, even within a synchronous function, and after a checkpoint a WeakRef no longer keeps what it refers to.

interface Script {
  runInContext(context: object): unknown;
}
interface Vm {
  createContext(globals: object, options: { microtaskMode: 'afterEvaluate' }): object;
  Script: new (code: string) => Script;
}
interface V8 {
  setFlagsFromString(flags: string): void;
}
interface Node {
  process?: { getBuiltinModule?(name: string): unknown };
  gc?: unknown;
}

export interface Collector {
  /** Lets go of what is kept because a WeakRef to it was made or read: until then it is not collected. */
  release(): void;
  /** Collects all that nobody can reach, in some milliseconds; in a large heap, more. */
  collect(): void;
}

function nodeCollector(): Collector | undefined {
  const { process, gc } = globalThis as Node;
  const vm = process?.getBuiltinModule?.('node:vm') as Vm | undefined;
  const v8 = process?.getBuiltinModule?.('node:v8') as V8 | undefined;
  if (!vm || !v8) return undefined;
  try {
    // The flag gives `gc` to the contexts that are made while it is set: to this one alone.
    v8.setFlagsFromString('--expose-gc');
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
    if (!gc) v8.setFlagsFromString('--no-expose-gc');
    const [nothing, collection] = [new vm.Script(''), new vm.Script('gc()')];
    collection.runInContext(context);
    return {
      release: () => void nothing.runInContext(context),
      collect() {
        nothing.runInContext(context);
        collection.runInContext(context);
      },
    };
  } catch {
    return undefined;
  }
}

let found: Collector | false | undefined;

/** The host's collector, if it has one that can be used. */
export function garbageCollector(): Collector | undefined {
  found ??= nodeCollector() ?? false;
  return found || undefined;
}
