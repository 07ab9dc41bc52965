// How often something runs in a second, once it is warm.

import { warmup } from 'rushlight';

export interface Measured {
  /** Runs in a second: the median of the turns. */
  readonly perSecond: number;
  readonly turns: number;
  /** How far turns lie apart: half of them within this part of the median to either side. */
  readonly spread: number;
}

const median = (sorted: readonly number[], part = 0.5): number => sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;

/** Runs `run` for so many seconds, in turns of several runs: a device is waited for at the end of a turn, as that takes time itself. */
export async function measure(run: () => void, seconds: number): Promise<Measured> {
  const turn = async (times: number): Promise<number> => {
    const start = performance.now();
    await warmup(() => {
      for (let k = 0; k < times; k++) run();
    });
    return (performance.now() - start) / 1e3;
  };
  await turn(1);
  // As many runs in a turn as take a tenth of the time.
  let times = 1;
  let began = performance.now();
  let took = await turn(times);
  while (took < seconds / 20 && times < 2 ** 14) {
    times = Math.ceil(times * Math.min(8, Math.max(2, seconds / 10 / took)));
    began = performance.now();
    took = await turn(times);
  }
  const rates = [times / took];
  while (performance.now() - began < seconds * 1e3) rates.push(times / (await turn(times)));
  rates.sort((a, b) => a - b);
  const perSecond = median(rates);
  return { perSecond, turns: rates.length, spread: (median(rates, 0.75) - median(rates, 0.25)) / 2 / perSecond };
}
