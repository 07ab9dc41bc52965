// Random operands: every way of walking memory that the contract allows. The numbers in them are small multiples of a
// power of two, so that sums and products of them are exact in float32 whatever their order, and results compare equal.

import { addressOf, describe, guardClasses, hostArray, isFloat, sizeOf, toFloat16Bits } from '@rushlight/core/kernel';
import type { DType, Guard, OperandType, TypedArray, View } from '@rushlight/core/kernel';
import type { Draw } from './draw.ts';

/** `quarters`: n/4 up to 4 and small integers · `signs`: −1, 0 and 1, whose products stay such · `whole`: integers up to 4. */
export type Values = 'quarters' | 'signs' | 'whole';

export interface DrawnOperand {
  readonly type: OperandType;
  readonly view: View;
  readonly data: TypedArray;
}

export interface OperandOptions {
  /** How many dims each group has; by default one group. */
  readonly groups?: readonly number[];
  /** Along which dims it moves; by default each, with some left out at random where it is only read. */
  readonly moves?: readonly boolean[];
  /** Then every position has an address of its own. */
  readonly written?: boolean;
  readonly guards?: boolean;
  readonly values?: Values;
  /** Now and then NaN, infinities and −0 (floats), the ends of the range (integers). */
  readonly special?: boolean;
}

/** An operand walked over a box. */
export function drawOperand(
  draw: Draw,
  dtype: DType,
  box: readonly number[],
  options: OperandOptions = {},
): DrawnOperand {
  const { groups = [box.length], written = false } = options;
  const moves = options.moves ?? box.map(() => written || draw.chance(80));
  const strides = drawStrides(draw, box, moves, written);
  let end = 0;
  const ends = groups.map((count) => (end += count) - 1);
  const guards = options.guards ? draw.list(1, 2, () => drawGuard(draw, box)) : [];
  // A dim that a guard walks is mostly not walked beside it.
  guards.forEach(({ coefficients }) => coefficients.forEach((c, d) => c !== 0 && draw.chance(80) && (strides[d] = 0)));
  const letters = strides.map((stride, d) => {
    if (stride === 0) return '0';
    if ((box[d] ?? 1) === 1 && draw.chance(30)) return draw.of(ends.includes(d) ? ['0', '1', 's'] : ['0', 's']);
    return stride === 1 && ends.includes(d) && draw.chance(90) ? '1' : 's';
  });
  const [low, high] = addressesOf({ offset: 0, strides, guards }, box);
  const slack = draw.int(0, 2);
  return {
    type: { dtype, strides: letters.join(''), guards: guardClasses(guards) },
    view: {
      offset: slack - low,
      strides,
      ...(guards.length > 0 && { guards, fill: draw.of(isFloat(dtype) ? [0, 1, -2, -Infinity] : [0, 1]) }),
    },
    data: drawData(draw, dtype, high - low + 1 + slack + draw.int(0, 2), options),
  };
}

/** Strides in any order of dims, with gaps, backwards; for what is only read also overlapping, as windows are. */
function drawStrides(draw: Draw, box: readonly number[], moves: readonly boolean[], written: boolean): number[] {
  const strides = box.map(() => 0);
  const dims = box.flatMap((_, d) => (moves[d] ? [d] : [])).toReversed();
  let step = draw.chance(80) ? 1 : 2;
  while (dims.length > 0) {
    const [d = 0] = dims.splice(draw.chance(60) ? 0 : draw.int(0, dims.length - 1), 1);
    strides[d] = draw.chance(15) ? -step : step;
    if (!written && draw.chance(10)) continue;
    step = step * Math.max(1, box[d] ?? 1) + (draw.chance(20) ? 1 : 0);
  }
  return strides;
}

function drawGuard(draw: Draw, box: readonly number[]): Guard {
  const last = box.length - 1;
  const coefficients = box.map((_, d) => (draw.chance(40) ? draw.int(-2, 2) : Number(d === last)));
  const step = draw.chance(60) ? 1 : draw.int(1, 3);
  return { coefficients, start: draw.int(-3, 3), step, size: draw.int(0, 6), stride: draw.int(-3, 5) };
}

/** Calls `visit` for every position of a box, row-major. */
function eachPosition(box: readonly number[], visit: (at: readonly number[]) => void): void {
  const at = box.map(() => 0);
  for (let left = sizeOf(box); left > 0; left--) {
    visit(at);
    for (let d = box.length - 1; d >= 0; d--) {
      at[d] = ((at[d] ?? 0) + 1) % (box[d] ?? 1);
      if (at[d] !== 0) break;
    }
  }
}

/** The lowest and highest address of a view, as if no dim were empty: a row without columns is stored all the same. */
function addressesOf(view: View, box: readonly number[]): [low: number, high: number] {
  const far = 2 ** 30; // so that no address is negative, which would read as absent
  let [low, high] = [Infinity, -Infinity];
  eachPosition(
    box.map((size) => Math.max(size, 1)),
    (at) => {
      const address = addressOf({ ...view, offset: far }, at);
      if (address < 0) return;
      low = Math.min(low, address - far);
      high = Math.max(high, address - far);
    },
  );
  return low <= high ? [low, high] : [0, 0];
}

/** Whether no two positions share an address. */
export function isDisjoint({ view }: DrawnOperand, box: readonly number[]): boolean {
  const seen = new Set<number>();
  eachPosition(box, (at) => seen.add(addressOf(view, at)));
  return seen.size === sizeOf(box);
}

/** Elements of a dtype, as its host array holds them. */
function drawData(draw: Draw, dtype: DType, length: number, options: OperandOptions): TypedArray {
  const data = hostArray(dtype, length);
  const next = draw.sequence();
  const special = (options.special ?? true) && draw.chance(30);
  const value = (): number => {
    const { kind, bits } = describe(dtype);
    if (kind === 'bool') return next(2);
    if (options.values === 'signs') return bits === 8 ? next(2) : next(3) - 1;
    if (special && next(6) === 0) {
      if (kind === 'float') return [NaN, Infinity, -Infinity, -0, 0][next(5)] ?? 0;
      return bits === 8 ? 255 - next(3) : ([2147483647, -2147483648, next(2147483647)][next(3)] ?? 0);
    }
    if (kind === 'float') return options.values === 'whole' ? next(9) - 4 : (next(33) - 16) / 4;
    return bits === 8 ? next(200) : next(21) - 10;
  };
  for (let k = 0; k < length; k++) data[k] = dtype === 'float16' ? toFloat16Bits(value()) : value();
  return data;
}
