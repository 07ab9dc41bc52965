import { ramp } from '@rushlight/core/kernel';

/** A maker of ramps that keeps the last one: launches of one program mostly have the same sizes. */
export function rememberedRamp(): (size: number, stride: number) => Int32Array {
  let last = new Int32Array(0);
  let lastStride = 0;
  return (size, stride) => {
    if (last.length === size && lastStride === stride) return last;
    last = Int32Array.from(ramp(size, stride));
    lastStride = stride;
    return last;
  };
}
