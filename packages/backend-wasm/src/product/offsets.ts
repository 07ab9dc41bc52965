// Tables of offsets: what the product kernel walks its factors by.

/** 0, stride, 2·stride, … */
export function ramp(size: number, stride: number): number[] {
  return Array.from({ length: size }, (_, i) => i * stride);
}

/** The row-major table of sums of one offset from each axis. */
export function table(axes: readonly (readonly number[])[]): Int32Array {
  let sums = new Int32Array(1);
  for (const axis of axes) {
    const next = new Int32Array(sums.length * axis.length);
    let at = 0;
    for (const sum of sums) for (const offset of axis) next[at++] = sum + offset;
    sums = next;
  }
  return sums;
}

/** A maker of ramps that keeps the last one: launches of one program mostly have the same sizes. */
