// The functions of the kernel language that float32 vectors have no instruction for. How far each is from the truth: MATH.md.

import type { BinaryOp, UnaryOp } from '@rushlight/core/kernel';
import type { V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { atan2 } from './atan2.ts';
import { erf } from './erf.ts';
import { exp, expm1 } from './exp.ts';
import { cosh, sinh } from './hyperbolic.ts';
import { acosh, asinh, atanh } from './inverse-hyperbolic.ts';
import { acos, asin, atan } from './inverse-trigonometric.ts';
import { log, log1p } from './log.ts';
import { mod } from './mod.ts';
import { pow } from './pow.ts';
import { tanh } from './tanh.ts';
import { cos, sin, tan } from './trigonometric.ts';

export { cost } from './cost.ts';

export type MathUnary = Exclude<
  UnaryOp,
  'neg' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'trunc' | 'not' | 'sqrt'
>;
export type MathBinary = Extract<BinaryOp, 'pow' | 'atan2' | 'mod'>;
export type MathOp = MathUnary | MathBinary;

/** What four float32 lanes become. The argument may be any value; statements are appended to `e.fn`. */
export const unaryMath: Readonly<Record<MathUnary, (e: Emitter, x: V128) => V128>> = {
  exp, expm1, log, log1p,
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf,
}; // prettier-ignore

export const binaryMath: Readonly<Record<MathBinary, (e: Emitter, x: V128, y: V128) => V128>> = { pow, atan2, mod };
