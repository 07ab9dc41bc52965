// Nobody races on a wrong answer: after the same steps all contenders hold the same numbers.

/** What a contender held after each of the checked steps; a slow one stops early. */
export type Trajectory = readonly (readonly number[])[];

/**
 * Where two trajectories part by more than `tolerance` of the larger number, as a sentence, or undefined where they
 * agree. A trajectory that ends early is compared as far as it goes.
 */
export function disagreement(
  mine: Trajectory,
  theirs: Trajectory,
  checks: readonly number[],
  tolerance: number,
): string | undefined {
  for (const [i, step] of checks.entries()) {
    const [numbers, expected] = [mine[i], theirs[i]];
    if (!numbers || !expected) return undefined;
    if (numbers.length !== expected.length) {
      return `${numbers.length} numbers after step ${step} where ${expected.length} are expected`;
    }
    for (const [at, number] of numbers.entries()) {
      const other = expected[at] ?? Number.NaN;
      const difference = Math.abs(number - other) / Math.max(Math.abs(number), Math.abs(other), 1e-30);
      if (!(difference <= tolerance)) return `${number} after step ${step} where ${other} is expected`;
    }
  }
  return undefined;
}
