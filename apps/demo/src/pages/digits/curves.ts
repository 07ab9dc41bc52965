// Two curves that were measured at different steps, over the steps of both.

export interface Measured {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface Joined {
  readonly x: readonly number[];
  readonly first: readonly (number | null)[];
  readonly second: readonly (number | null)[];
}

/** Null where a curve has no value. Steps of each rise; where they do not, as after an earlier state was loaded, the later word counts. */
export function joinCurves(first: Measured, second: Measured): Joined {
  const values = new Map<number, [number | null, number | null]>();
  const note = ({ steps, values: measured }: Measured, place: 0 | 1): void => {
    steps.forEach((step, k) => {
      const both = values.get(step) ?? [null, null];
      both[place] = measured[k] ?? null;
      values.set(step, both);
    });
  };
  note(first, 0);
  note(second, 1);
  const x = [...values.keys()].toSorted((a, b) => a - b);
  const pick = (place: 0 | 1) => x.map((step) => values.get(step)?.[place] ?? null);
  return { x, first: pick(0), second: pick(1) };
}
