// When memory counts as flat, and how it is shown.

/** How many times it is looked at. */
export const samples = 40;
const tolerance = 1.1;

export interface Sample {
  readonly steps: number;
  readonly seconds: number;
  /** The most bytes resident since the sample before. */
  readonly resident: number;
  readonly liveBytes?: number;
  readonly liveBuffers?: number;
}

export interface Verdict {
  /** Resident bytes at the end of the first tenth, and the most and the last after it. */
  readonly settled: number;
  readonly most: number;
  readonly last: number;
  readonly isFlat: boolean;
}

/** Flat: after the first tenth never more than a tenth above what was resident there. Throws RangeError for too few samples. */
export function judge(all: readonly Sample[]): Verdict {
  const steps = all.at(-1)?.steps ?? 0;
  const settled = all.findLast((sample) => sample.steps <= steps / 10)?.resident;
  const later = all.filter((sample) => sample.steps > steps / 10).map(({ resident }) => resident);
  const last = later.at(-1);
  if (settled === undefined || last === undefined)
    throw new RangeError(`${all.length} samples of memory are too few to judge by. Take more steps, 100 at least.`);
  const most = Math.max(...later);
  return { settled, most, last, isFlat: most <= tolerance * settled };
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

/** A line of the plot. */
export function plotSample({ steps, seconds, resident, liveBytes, liveBuffers }: Sample, full: number): string {
  const bar = '█'.repeat(Math.max(1, Math.round((30 * resident) / full)));
  const live = liveBytes === undefined ? '' : `   live ${megabytes(liveBytes)} in ${liveBuffers}`;
  const [count, time] = [steps.toLocaleString('en-US').padStart(9), `${seconds.toFixed(1)} s`.padStart(9)];
  return `${count}${time}  ${megabytes(resident).padStart(8)}  ${bar.padEnd(30)}${live}`;
}

export function describeVerdict({ settled, most, last, isFlat }: Verdict): string {
  const by = (100 * (most / settled - 1)).toFixed(1);
  return (
    `${isFlat ? 'flat' : 'NOT FLAT'}: ${megabytes(settled)} after the first tenth of the steps, at most ${megabytes(most)} ` +
    `after that (${Number(by) < 0 ? '' : '+'}${by} %), ${megabytes(last)} at the end`
  );
}
