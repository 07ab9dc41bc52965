// Medians, since one disturbed round must not move the result.

/** The q-quantile, between neighbours where it falls between them. NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below === above ? below : below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** One turn of a contender in a round. */
export interface Turn {
  /** Steps per second. */
  readonly rate: number;
  /** Whether the machine was left alone meanwhile. */
  readonly quiet: boolean;
}

export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** How many of the rounds were disturbed and counted all the same, because too few were not. */
  readonly noisy: number;
}

/** The rounds that count: the quiet ones, or all where less than half are. */
export function countingRounds(turns: readonly (Turn | undefined)[]): readonly number[] {
  const present = turns.flatMap((turn, round) => (turn ? [{ turn, round }] : []));
  const quiet = present.filter(({ turn }) => turn.quiet);
  return (2 * quiet.length >= present.length ? quiet : present).map(({ round }) => round);
}

/** Median and quartiles of the rates of the rounds that count. */
export function summarize(turns: readonly (Turn | undefined)[]): Summary {
  const counting = countingRounds(turns).flatMap((round) => turns[round] ?? []);
  const rates = counting.map(({ rate }) => rate);
  return {
    median: median(rates),
    low: quantile(rates, 0.25),
    high: quantile(rates, 0.75),
    rounds: rates.length,
    noisy: counting.filter(({ quiet }) => !quiet).length,
  };
}

/**
 * How many times as fast as the base: the median of the ratios within each round that counts for both, so that a machine
 * that slows down during the run slows both; of the medians where less than half the rounds are shared.
 */
export function compare(
  turns: readonly (Turn | undefined)[],
  base: readonly (Turn | undefined)[],
): { ratio: number; shared: number } {
  const [mine, theirs] = [countingRounds(turns), countingRounds(base)];
  const ratios = mine.flatMap((round) => {
    const [turn, other] = [turns[round], base[round]];
    return turn && other && theirs.includes(round) ? [turn.rate / other.rate] : [];
  });
  const shared = ratios.length;
  const enough = shared > 0 && 2 * shared >= Math.min(mine.length, theirs.length);
  return { ratio: enough ? median(ratios) : summarize(turns).median / summarize(base).median, shared };
}
