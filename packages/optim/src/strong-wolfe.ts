// How far to go along a direction: to a point that is low enough and flat enough. J. Nocedal, S. J. Wright, "Numerical optimization",
// 2006, algorithms 3.5 and 3.6, with the interpolation and the safeguards of minFunc, which PyTorch has too.

/** A point along the direction, so many steps from where it begins. */
export interface Trial<G> {
  readonly step: number;
  readonly loss: number;
  /** The derivative of the loss along the direction. */
  readonly slope: number;
  readonly grad: G;
}

export interface StrongWolfeOptions<G> {
  /** The largest element of the direction. */
  readonly size: number;
  /** Ends the search where all that is left to search is shorter. Default 1e-9. */
  readonly toleranceChange?: number;
  /** c₁ of the first condition. Default 1e-4. */
  readonly c1?: number;
  /** c₂ of the second condition. Default 0.9. */
  readonly c2?: number;
  /** How many more points may be tried after the first. Default 25. */
  readonly maxTrials?: number;
  /** Told of points that will not be looked at again. */
  readonly drop?: (trial: Trial<G>) => void;
}

/** The place of the minimum of the cubic with the losses and slopes of two points, kept within bounds; their middle if it has none. */
export function interpolate<G>(
  x: Trial<G>,
  y: Trial<G>,
  [least, most]: readonly [number, number] = [Math.min(x.step, y.step), Math.max(x.step, y.step)],
): number {
  const [left, right] = x.step <= y.step ? [x, y] : [y, x];
  const chord = left.slope + right.slope - (3 * (left.loss - right.loss)) / (left.step - right.step);
  const square = chord ** 2 - left.slope * right.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const root = Math.sqrt(square);
  const share = (right.slope + root - chord) / (right.slope - left.slope + 2 * root);
  return Math.min(Math.max(right.step - (right.step - left.step) * share, least), most);
}

/**
 * A point with loss ≤ loss₀ + c₁·step·slope₀ and |slope| ≤ −c₂·slope₀, or the lowest that was found where the search ends before; it may be
 * `start`. The first point tried is at `first`.
 */
export async function strongWolfe<G>(
  evaluate: (step: number) => Promise<Trial<G>>,
  start: Trial<G>,
  first: number,
  { size, toleranceChange = 1e-9, c1 = 1e-4, c2 = 0.9, maxTrials = 25, drop }: StrongWolfeOptions<G>,
): Promise<Trial<G>> {
  const isTooHigh = ({ step, loss }: Trial<G>): boolean => loss > start.loss + c1 * step * start.slope;
  const isFlat = ({ slope }: Trial<G>): boolean => Math.abs(slope) <= -c2 * start.slope;

  // Outwards, until two points have the wanted one between them.
  let previous = start;
  let trial = await evaluate(first);
  let trials = 0;
  let bracket: [Trial<G>, Trial<G>] | undefined;
  while (!bracket && trials < maxTrials) {
    if (isTooHigh(trial) || (trials > 1 && trial.loss >= previous.loss)) bracket = [previous, trial];
    else if (isFlat(trial)) return trial;
    else if (trial.slope >= 0) bracket = [previous, trial];
    else {
      const [least, most] = [trial.step + 0.01 * (trial.step - previous.step), trial.step * 10];
      const next = interpolate(previous, trial, [least, most]);
      drop?.(previous);
      previous = trial;
      trial = await evaluate(next);
      trials++;
    }
  }

  // Inwards, from both sides.
  bracket ??= [start, trial];
  let low: 0 | 1 = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  let isSlow = false;
  while (trials < maxTrials) {
    const [least, most] = [Math.min(bracket[0].step, bracket[1].step), Math.max(bracket[0].step, bracket[1].step)];
    if ((most - least) * size < toleranceChange) break;
    let step = interpolate(bracket[0], bracket[1]);
    // Twice close to an end, or on it, would be no progress.
    const margin = 0.1 * (most - least);
    const isClose = Math.min(most - step, step - least) < margin;
    const isPushed: boolean = isClose && (isSlow || step >= most || step <= least);
    if (isPushed) step = Math.abs(step - most) < Math.abs(step - least) ? most - margin : least + margin;
    isSlow = isClose && !isPushed;

    trial = await evaluate(step);
    trials++;
    const high = low === 0 ? 1 : 0;
    if (isTooHigh(trial) || trial.loss >= bracket[low].loss) {
      drop?.(bracket[high]);
      bracket[high] = trial;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    if (isFlat(trial)) return trial;
    // Where the loss rises from the new point towards the high one, the minimum is on the side of the low one.
    const isBeyond = trial.slope * (bracket[high].step - bracket[low].step) >= 0;
    drop?.(bracket[isBeyond ? high : low]);
    if (isBeyond) bracket[high] = bracket[low];
    bracket[low] = trial;
  }
  return bracket[low];
}
