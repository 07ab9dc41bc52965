// Under `autocast` operations run in another dtype than that of their operands. What operations ask for that is here; the
// answers are autocast.ts's, which a page that does not call it need not load.

import type { DType } from './kernel/index.ts';
import { taskLocal, type TaskLocal } from './task-local.ts';

/** @internal What a region of `autocast` does with operations, by their names. */
export interface AutocastMode {
  /** The dtype that an operation computes in, where its operands give it `dtype`. */
  dtypeOf(op: string, dtype: DType): DType;
  /** Calls an operation with its tensors converted; what it calls itself runs as it is. */
  run<A extends readonly unknown[], R>(op: string, fn: (...args: A) => R, args: A): R;
}

let modes: TaskLocal<AutocastMode | undefined> | undefined;

/** @internal The region of `autocast` that this runs in. It belongs to the task, as the gradient mode does. */
export function autocasting(): AutocastMode | undefined {
  return modes?.getStore();
}

/** @internal Runs `fn`, which may be async, in a region, or in none. */
export function withAutocast<T>(mode: AutocastMode | undefined, fn: () => T): T {
  modes ??= taskLocal();
  return modes.run(mode, fn);
}

/** @internal Runs `fn` as outside of every region. */
export function outsideAutocast<T>(fn: () => T): T {
  return autocasting() ? withAutocast(undefined, fn) : fn();
}

/** @internal The dtype that an operation computes in, where its operands give it `dtype`. */
export function computeIn(op: string, dtype: DType): DType {
  return autocasting()?.dtypeOf(op, dtype) ?? dtype;
}
