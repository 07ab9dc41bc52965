// Rounds in which everybody has a turn, A B C A B C …: what slows the machine for a while slows all alike.

import type { Quiet } from './quiet.ts';
import type { Turn } from './statistics.ts';

export interface Runner {
  readonly name: string;
  /** Runs steps, and tells the seconds and processor seconds that it took. */
  run(steps: number): Promise<{ wall: number; cpu: number }>;
}

export interface InterleaveOptions {
  readonly rounds: number;
  /** How long a turn should last. */
  readonly seconds: number;
  /** What all turns of one contender together may take, seconds; each has one turn at least. */
  readonly patience: number;
  readonly quiet: Quiet;
  /** Told when a contender fails on the way; it takes no further turns. */
  readonly onFailure: (name: string, error: Error) => void;
}

/** A disturbed turn is repeated this often. */
const retries = 2;

/** The turns of each runner by round; a round that a runner did not take part in stays empty. */
export async function interleave(
  runners: readonly Runner[],
  { rounds, seconds, patience, quiet, onFailure }: InterleaveOptions,
): Promise<Map<string, (Turn | undefined)[]>> {
  const entrants: Entrant[] = [];
  for (const runner of runners) {
    try {
      entrants.push({ runner, turns: [], spent: 0, ...(await pace(runner, seconds)) });
    } catch (error) {
      onFailure(runner.name, error as Error);
    }
  }
  for (let round = 0; round < rounds; round++) {
    // Everybody is first in turn, since what one leaves behind in caches and clocks meets the next.
    const first = round % Math.max(1, entrants.length);
    for (const entrant of [...entrants.slice(first), ...entrants.slice(0, first)]) {
      if (entrant.failed || (round > 0 && entrant.spent > patience)) continue;
      try {
        entrant.turns[round] = await takeTurn(entrant, quiet, patience);
      } catch (error) {
        entrant.failed = true;
        onFailure(entrant.runner.name, error as Error);
      }
    }
  }
  return new Map(entrants.map(({ runner, turns }) => [runner.name, turns]));
}

interface Entrant {
  readonly runner: Runner;
  readonly turns: Turn[];
  readonly steps: number;
  spent: number;
  failed?: boolean;
}

/** How many steps make a turn; the runs that find out are what warms the contender up, the first of them, that may compile, alone. */
async function pace(runner: Runner, seconds: number): Promise<{ steps: number }> {
  await runner.run(1);
  let steps = 1;
  for (;;) {
    const { wall } = await runner.run(steps);
    if (wall >= seconds / 2) return { steps: Math.max(1, Math.round((steps * seconds) / wall)) };
    steps = Math.min(10 * steps, Math.ceil((steps * seconds) / Math.max(wall, 1e-6)));
  }
}

async function takeTurn(entrant: Entrant, quiet: Quiet, patience: number): Promise<Turn> {
  for (let attempt = 0; ; attempt++) {
    await quiet.settle();
    const watched = await quiet.watch(() => entrant.runner.run(entrant.steps));
    entrant.spent += watched.result.wall;
    const turn = { rate: entrant.steps / watched.result.wall, quiet: watched.quiet };
    if (turn.quiet || attempt === retries || entrant.spent > patience) return turn;
  }
}
