// Rushlight, loaded after the text stands there: the figures of the article then come to life one after another, each in a task
// of its own, so that no frame waits for all of them.

import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type * as measuring from './measure.ts';

export type Measures = typeof measuring;

const loaded = signal<Measures | undefined>(undefined);
/** Whether it could not be loaded. */
export const missing = signal(false);

async function load(): Promise<void> {
  const measures = await import('./measure.ts');
  await measures.open();
  loaded.value = measures;
}

let loading: Promise<void> | undefined;
let turn: Promise<void> = Promise.resolve();

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 16));

/** What measures, once it is there and the figures before this one are drawn. */
export function useMeasures(): Measures | undefined {
  const [mine, setMine] = useState<Measures | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    loading ??= load();
    turn = turn.then(async () => {
      try {
        await loading;
        if (!gone) setMine(loaded.peek());
        await pause();
      } catch {
        loading = undefined;
        missing.value = true;
      }
    });
    return () => void (gone = true);
  }, []);
  return mine;
}

/** A number, or several, measured from plain settings, anew only where these change; undefined until Rushlight is there. */
export function useMeasured<I, O>(input: I, measure: (m: Measures, input: I) => O): O | undefined {
  const measures = useMeasures();
  return useMemo(() => measures && measure(measures, input), [measures, JSON.stringify(input)]);
}
