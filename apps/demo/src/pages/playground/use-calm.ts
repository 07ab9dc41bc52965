import { effect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

/** Milliseconds between two values. */
const pause = 240;

/** A signal that follows at leisure, in a task of its own: what takes long to draw and need not keep up with every change. */
export function useCalm<T>(source: ReadonlySignal<T>): T {
  const [value, setValue] = useState(() => source.peek());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = (): void => {
      timer = undefined;
      const next = source.peek();
      setValue(() => next);
    };
    const stop = effect(() => {
      void source.value;
      timer ??= setTimeout(follow, pause);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [source]);
  return value;
}
