// Checks on data: a lane that fails is noted in the thread's block if it comes before what is noted there.

import { lanesOf, type Vec } from './vector.ts';
import type { DType } from '@rushlight/core/kernel';
import {
  callCode,
  f32x4,
  f64,
  f64x2,
  FunctionBuilder,
  i32,
  i32x4,
  type F64,
  type I32,
  type Local,
} from './assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { threadBlock } from './machine.ts';

function recorder(): FunctionBuilder {
  const fn = new FunctionBuilder(['i32', 'i32', 'i32', 'f64']);
  const [thread, position, check] = [fn.param('i32', 0), fn.param('i32', 1), fn.param('i32', 2)];
  const isFirst = i32.or(
    i32.eqz(i32.load(thread, threadBlock.failed)),
    i32.ltU(position, i32.load(thread, threadBlock.position)),
  );
  fn.if(isFirst, () => {
    fn.do(i32.store(thread, i32.const(1), threadBlock.failed));
    fn.do(i32.store(thread, position, threadBlock.position));
    fn.do(i32.store(thread, check, threadBlock.check));
    fn.do(f64.store(thread, fn.param('f64', 3), threadBlock.value));
  });
  return fn;
}

/** Notes a failure: a statement. */
export function recordFailure(e: Emitter, thread: I32, position: I32, check: number, value: F64): void {
  e.fn.do(callCode(e.shared('record failure', recorder), [thread, position, i32.const(check), value]));
}

/** Leaves the kernel if anything failed so far. */
export function leaveIfFailed(e: Emitter, thread: I32): void {
  e.fn.if(i32.load(thread, threadBlock.failed), () => e.fn.return());
}

/** A lane of a vector as a number. */
export function laneNumber(x: Vec, dtype: DType, lane: number): F64 {
  const [low, high] = x as [Local<'v128'>, Local<'v128'>?];
  switch (lanesOf(dtype)) {
    case 'f64':
      return f64x2.extractLane(lane < 2 ? low : (high ?? low), lane & 1);
    case 'f32':
      return f64.promoteF32(f32x4.extractLane(low, lane));
    case 'i32':
      return f64.convertI32S(i32x4.extractLane(low, lane));
    case 'mask':
      return f64.convertI32S(i32.and(i32x4.extractLane(low, lane), i32.const(1)));
  }
}
