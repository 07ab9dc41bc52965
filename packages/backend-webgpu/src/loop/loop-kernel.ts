import type { Kernel } from '../wgsl/shader.ts';
import type { LoopDispatch } from './loop-dispatch.ts';

/** A kernel of a loop, and which operands of a launch it is given: those, in order, then what it shares with other kernels. */
export interface LoopKernel {
  readonly kernel: Kernel<LoopDispatch>;
  readonly bound: readonly number[];
}
