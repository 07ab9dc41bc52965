// Sums over batches that stay exact, on the device. Counts are pairs of int32: the lower 30 bits, and how often they were full.
// Floats are float64 where the device has it; elsewhere a float32 and what its roundings lost, which are added up when read.

import { DeviceError, loopOp, runLoop, untracked, zeros, type Device, type Tensor } from '@rushlight/core';
import { constant, select, type Expr } from '@rushlight/core/kernel';

const full = 2 ** 30;

/** The dtype in which the floats of a device are added up. */
export function wideFloat(device: Device): 'float64' | 'float32' {
  return device.backend.limits.dtypes.includes('float64') ? 'float64' : 'float32';
}

const all = (k: { readonly inputs: readonly Expr[] }, part: number, of: number): readonly Expr[] =>
  k.inputs.slice((k.inputs.length / of) * part, (k.inputs.length / of) * (part + 1));

const zip = (a: readonly Expr[], ...rest: readonly (readonly Expr[])[]): Expr[][] =>
  a.map((x, i) => [x, ...rest.map((list) => list[i] as Expr)]);

const plainOp = loopOp('addToTotals', (k) => {
  for (const [total, x] of zip(all(k, 0, 2), all(k, 1, 2)) as [Expr, Expr][]) k.perElement(total.add(x));
});

/** How often the lower part is full, and the lower part, after a count below 2³⁰ was added. */
const carryOp = loopOp('addToCounts', (k) => {
  const sums = zip(all(k, 0, 3), all(k, 1, 3), all(k, 2, 3)) as [Expr, Expr, Expr][];
  const carries = sums.map(([, low, x]) => select(low.add(x).ge(full), constant(1, 'int32'), 0));
  sums.forEach(([high], i) => k.perElement(high.add(carries[i] as Expr)));
  sums.forEach(([, low, x], i) => k.perElement(low.add(x).sub((carries[i] as Expr).mul(full))));
});

/**
 * What is lost by rounding total + x to `sum` is added to `lost`: D. E. Knuth's two-sum. The sum was rounded by a launch of its own,
 * since expressions may be computed more precisely than they are stored.
 */
const compensateOp = loopOp('compensateTotals', (k) => {
  const sums = zip(all(k, 0, 4), all(k, 1, 4), all(k, 2, 4), all(k, 3, 4)) as [Expr, Expr, Expr, Expr][];
  for (const [, , sum] of sums) k.perElement(sum);
  for (const [total, lost, sum, x] of sums) {
    const added = sum.sub(total);
    k.perElement(lost.add(total.sub(sum.sub(added))).add(x.sub(added)));
  }
});

/** Sums of tensors of one shape and dtype, element by element. */
export class RunningTotals {
  /** The sums, or of counts how often their lower parts were full. */
  #upper: Tensor[] = [];
  /** What the sums lack. */
  #lower: Tensor[] = [];

  /** Refuses tensors of a device that the sums are not on. */
  checkDevice(op: string, { device }: Tensor): void {
    const known = this.#upper[0]?.device ?? device;
    if (known === device) return;
    throw new DeviceError(
      op,
      `the output is on "${device.name}", and what was counted before on "${known.name}". Call reset() in between.`,
    );
  }

  /** Adds `xs`: int32 counts from 0 to 2³⁰ − 1, or floats of the device's `wideFloat`. */
  add(xs: readonly Tensor[]): void {
    const [first] = xs;
    if (!first) return;
    const { dtype } = first;
    if (this.#upper.length === 0) {
      this.#upper = zerosLikeAll(xs);
      this.#lower = dtype === 'float64' ? [] : zerosLikeAll(xs);
    }
    const state = [...this.#upper, ...this.#lower];
    if (dtype === 'float64') addInto(state, xs, plainOp);
    else if (dtype === 'int32') addInto(state, xs, carryOp);
    else {
      const inputs = [...this.#upper, ...xs];
      const sums = runLoop(plainOp(inputs), inputs);
      addInto(state, [...sums, ...xs], compensateOp);
      for (const sum of sums) sum.dispose();
    }
  }

  /** The elements of each sum; none if nothing was added. */
  async read(): Promise<number[][]> {
    const isCount = this.#upper[0]?.dtype === 'int32';
    // Asked for at once: what is read is what is there now.
    const [upper, lower] = await Promise.all([readAll(this.#upper), readAll(this.#lower)]);
    return upper.map((high, i) =>
      high.map((value, at) => {
        const rest = lower[i]?.[at] ?? 0;
        if (isCount) return value * full + rest;
        // Infinity and NaN are right, what they lack is not.
        return Number.isFinite(value) ? value + rest : value;
      }),
    );
  }

  reset(): void {
    for (const x of [...this.#upper, ...this.#lower]) x.dispose();
    this.#upper = [];
    this.#lower = [];
  }
}

function addInto(state: readonly Tensor[], xs: readonly Tensor[], op: typeof plainOp): void {
  const inputs = [...state, ...xs];
  runLoop(op(inputs), inputs, { inplace: state });
}

/** Zeros that no `tidy` around frees. */
function zerosLikeAll(xs: readonly Tensor[]): Tensor[] {
  return untracked(() => xs.map(({ shape, dtype, device }) => zeros(shape, { dtype, device })));
}

const readAll = (xs: readonly Tensor[]): Promise<number[][]> =>
  Promise.all(xs.map(async (x) => Array.from(await x.data())));
