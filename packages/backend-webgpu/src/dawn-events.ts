// Dawn for Node asks whether the GPU is done as often as the event loop turns, by `setImmediate`: a core that is busy for as long as anybody
// waits, and that a driver on the CPU lacks. Here it asks so for a moment, and then ever less often.

/** Milliseconds in which an answer is not waited for by a timer: most steps are done by then. */
const impatience = 2;

/** Milliseconds from a question to the next, of which Node's timers have at least one: what is lost is little of what was waited. */
const pauseAfter = (waited: number): number => Math.min(Math.max(waited / 20, 1), 10);

type Task = () => void;

/** What in Dawn begins something that its events end. */
const asking: Readonly<Record<string, readonly string[]>> = {
  GPU: ['requestAdapter'],
  GPUAdapter: ['requestDevice'],
  GPUBuffer: ['mapAsync'],
  GPUDevice: ['createComputePipelineAsync', 'popErrorScope'],
  GPUQueue: ['onSubmittedWorkDone'],
};

interface Loop {
  setImmediate: (task: Task) => unknown;
}

/** Makes the classes of Dawn, by their names, wait by a timer. Nobody but Dawn is given another `setImmediate`. */
export function paceDawn(classes: Readonly<Record<string, unknown>>, loop: Loop = globalThis as unknown as Loop): void {
  // Those that are there now: tests may put others in their place, whose clock stands still.
  const atOnce = loop.setImmediate;
  const { setTimeout, clearTimeout } = globalThis;
  let since = 0;
  let waiting: { readonly timer: ReturnType<typeof setTimeout>; readonly task: Task } | undefined;

  /** Dawn's code, which takes `setImmediate` from the global object each time. */
  function inDawn<T>(run: () => T): T {
    const found = loop.setImmediate;
    loop.setImmediate = schedule;
    try {
      return run();
    } finally {
      loop.setImmediate = found;
    }
  }

  function schedule(task: Task): void {
    const waited = performance.now() - since;
    if (waited < impatience) return void atOnce(() => inDawn(task));
    const timer = setTimeout(() => {
      waiting = undefined;
      inDawn(task);
    }, pauseAfter(waited));
    waiting = { timer, task };
  }

  function hurry(): void {
    since = performance.now();
    if (!waiting) return;
    const { timer, task } = waiting;
    clearTimeout(timer);
    waiting = undefined;
    schedule(task);
  }

  for (const [name, methods] of Object.entries(asking)) {
    const { prototype } = classes[name] as { prototype: Record<string, (...args: unknown[]) => unknown> };
    for (const method of methods) {
      const original = prototype[method];
      if (!original) continue;
      prototype[method] = function (...args) {
        hurry();
        return inDawn(() => original.apply(this, args));
      };
    }
  }
}
