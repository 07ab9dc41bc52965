// How a kernel walks a buffer: an address for every position of its iteration space.
//
//     address(i) = offset + Σ_d i[d]·strides[d] + Σ_g quotient_g(i)·guard_g.stride
//
// A guard is a coordinate that must lie in a range: c = start + Σ_d i[d]·coefficients[d], and the element exists where
// c ≥ 0, c is a multiple of `step` and quotient = c / step < size; elsewhere the operand reads as its fill value.
// Padding is a guard with one coefficient, a window over a padded image one with two, and the gradient of a window is
// the same guard turned around, its stride become the step. So pad, pooling, im2col and all their gradients are loops.

export interface Guard {
  readonly coefficients: readonly number[];
  readonly start: number;
  readonly step: number;
  readonly size: number;
  readonly stride: number;
}

export interface View {
  readonly offset: number;
  /** Elements to move per step of each dim of the iteration space; 0 broadcasts, negative walks backwards. */
  readonly strides: readonly number[];
  readonly guards?: readonly Guard[];
  /** What a guarded view reads where no element is (0 if absent). A program knows it is there, a launch its value. */
  readonly fill?: number;
}

/** The address of a position, or −1 where a guard fails. */
export function addressOf(view: View, at: readonly number[]): number {
  let address = view.offset;
  for (let d = 0; d < at.length; d++) address += (at[d] ?? 0) * (view.strides[d] ?? 0);
  for (const guard of view.guards ?? []) {
    let c = guard.start;
    for (let d = 0; d < at.length; d++) c += (at[d] ?? 0) * (guard.coefficients[d] ?? 0);
    if (c < 0 || c % guard.step !== 0 || c / guard.step >= guard.size) return -1;
    address += (c / guard.step) * guard.stride;
  }
  return address;
}

/**
 * A guard's division without a division, in arithmetic of 32 bits: q = rotateRight(c · inverse, shift) is c / step where step divides c,
 * and larger than (2³² − 1) / step where it does not. A negative c that step divides gives at least 2³¹ / step. So the element exists where
 * q, as an unsigned number, is less than `size`, of which the last lies below 2³¹.
 * Granlund and Montgomery, Division by Invariant Integers using Multiplication, 1994, section 9.
 */
export function exactDivisor(step: number): { readonly inverse: number; readonly shift: number } {
  // No coordinate but 0 is a multiple of more.
  const divisor = Math.min(step, 2 ** 31);
  const shift = 31 - Math.clz32(divisor & -divisor);
  const odd = divisor >>> shift;
  // Newton's iteration doubles the bits that are right, of which an odd number has three as its own inverse.
  let inverse = odd;
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return { inverse, shift };
}

/** The same walk over `sizes` without the guards that never fail there: they become strides. */
export function foldGuards(sizes: readonly number[], view: View): View {
  const kept: Guard[] = [];
  let { offset, strides } = view;
  for (const guard of view.guards ?? []) {
    let [low, high] = [guard.start, guard.start];
    guard.coefficients.forEach((coefficient, d) => {
      const reach = coefficient * ((sizes[d] ?? 1) - 1);
      if (reach < 0) low += reach;
      else high += reach;
    });
    if (guard.step === 1 && low >= 0 && high < guard.size) {
      offset += guard.start * guard.stride;
      strides = strides.map((stride, d) => stride + (guard.coefficients[d] ?? 0) * guard.stride);
    } else kept.push(guard);
  }
  return { offset, strides, ...(kept.length > 0 && { guards: kept, fill: view.fill ?? 0 }) };
}

/** Row-major strides of a dense array. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d] ?? 1;
  }
  return strides;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Whether elements lie dense and row-major. Strides of dims of size 1 do not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (sizeOf(shape) === 0) return true;
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = shape[d] ?? 1;
    if (n !== 1) {
      if (strides[d] !== expected) return false;
      expected *= n;
    }
  }
  return true;
}

const canMerge = (steps: readonly number[], outer: number, inner: number, size: number): boolean =>
  (steps[outer] ?? 0) === (steps[inner] ?? 0) * size;

/**
 * Merges neighbouring dims of one group wherever every view walks them as one, and drops dims of size 1, so that
 * programs depend on how memory is walked, not on how a shape is written. `sizes` and every view are rewritten alike.
 * `groups` counts the dims of each group, in order; dims of different groups never merge, and each group keeps its
 * row-major order.
 */
export function mergeDims<V extends View>(
  sizes: readonly number[],
  groups: readonly number[],
  views: readonly V[],
): { sizes: number[]; groups: number[]; views: V[] } {
  // For every surviving dim: the innermost original dim that its steps come from.
  const kept: { dim: number; size: number }[] = [];
  const keptPerGroup: number[] = [];
  let dim = 0;
  for (const count of groups) {
    const before = kept.length;
    for (const end = dim + count; dim < end; dim++) {
      const size = sizes[dim] ?? 1;
      if (size === 1) continue;
      const outer = kept.length > before ? kept[kept.length - 1] : undefined;
      const d = dim;
      const merges =
        outer &&
        views.every(
          (v) =>
            canMerge(v.strides, outer.dim, d, size) &&
            (v.guards ?? []).every((guard) => canMerge(guard.coefficients, outer.dim, d, size)),
        );
      if (merges) {
        outer.size *= size;
        outer.dim = d;
      } else kept.push({ dim: d, size });
    }
    keptPerGroup.push(kept.length - before);
  }
  if (kept.length === sizes.length) return { sizes: [...sizes], groups: [...groups], views: [...views] };
  const pick = (steps: readonly number[]): number[] => kept.map((k) => steps[k.dim] ?? 0);
  return {
    sizes: kept.map((k) => k.size),
    groups: keptPerGroup,
    views: views.map((v) => ({
      ...v,
      strides: pick(v.strides),
      ...(v.guards && { guards: v.guards.map((guard) => ({ ...guard, coefficients: pick(guard.coefficients) })) }),
    })),
  };
}
