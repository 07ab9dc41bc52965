// The operations of the kernel language on four lanes. What vectors have no instruction for goes lane by lane: integer division
// and powers through functions of the module, float64's transcendental functions through the host's.

import type { BinaryOp, ComparisonOp, DType, UnaryOp } from '@rushlight/core/kernel';
import {
  call, f32x4, f64x2, FunctionBuilder, i32, i32x4, i64x2, v128, type Callable, type I32, type Local, type V128 } from './assembler/index.ts'; // prettier-ignore
import type { Emitter } from './emitter.ts';
import { binaryMath, unaryMath } from './math/index.ts';
import { hostLanes } from './vector-cast.ts';
import { lanesOf, named, narrowMask, type Vec } from './vector.ts';

const first = (x: Vec): Local<'v128'> => x[0] as Local<'v128'>;

type One = (x: V128) => V128;
type Two = (x: V128, y: V128) => V128;

/** What both kinds of float have an instruction for. */
const floatUnary = {
  neg: 'neg',
  abs: 'abs',
  floor: 'floor',
  ceil: 'ceil',
  round: 'nearest',
  trunc: 'trunc',
  sqrt: 'sqrt',
} as const;
const floatBinary = { add: 'add', sub: 'sub', mul: 'mul', div: 'div', min: 'min', max: 'max' } as const;

const has = <T extends object>(table: T, key: PropertyKey): key is keyof T => Object.hasOwn(table, key);

export function applyUnary(e: Emitter, op: UnaryOp, dtype: DType, x: Vec): Vec {
  const lanes = lanesOf(dtype);
  if (lanes === 'mask') return op === 'not' ? named(e, [v128.not(first(x))]) : x;
  if (lanes === 'i32') return named(e, [wrapped(e, dtype, integerUnary(e, op, first(x)))]);
  const ops = lanes === 'f32' ? f32x4 : f64x2;
  if (has(floatUnary, op)) {
    const instruction: One = ops[floatUnary[op]];
    return named(e, x.map(instruction));
  }
  if (op === 'sign') {
    const [zero, one] = lanes === 'f32' ? [e.f32(0), e.f32(1)] : [e.f64(0), e.f64(1)];
    const sub: Two = ops.sub;
    return named(e, x.map((part) => sub(v128.and(ops.gt(part, zero), one), v128.and(ops.lt(part, zero), one)))); // prettier-ignore
  }
  if (op === 'not') throw new TypeError(`wasm: not is not defined for ${dtype}.`);
  return lanes === 'f64' ? hostLanes(e, op, x) : named(e, [unaryMath[op](e, first(x))]);
}

function integerUnary(e: Emitter, op: UnaryOp, x: Local<'v128'>): V128 {
  switch (op) {
    case 'neg':
      return i32x4.neg(x);
    case 'abs':
      return i32x4.abs(x);
    case 'not':
      return v128.not(x);
    case 'sign':
      return i32x4.sub(i32x4.gtS(e.i32(0), x), i32x4.gtS(x, e.i32(0)));
    case 'floor':
    case 'ceil':
    case 'round':
    case 'trunc':
      return x;
    default:
      throw new TypeError(`wasm: ${op} is not defined for integers. Cast to a float first.`);
  }
}

/** uint8 keeps its low byte. */
const wrapped = (e: Emitter, dtype: DType, x: V128): V128 => (dtype === 'uint8' ? v128.and(x, e.i32(255)) : x);

/** `count`: the second operand where it is a constant. */
export function applyBinary(e: Emitter, op: BinaryOp, dtype: DType, x: Vec, y: Vec, count?: number): Vec {
  const lanes = lanesOf(dtype);
  if (lanes === 'mask') return named(e, [boolBinary(e, op, first(x), first(y))]);
  if (lanes === 'i32') return named(e, [wrapped(e, dtype, integerBinary(e, op, first(x), first(y), count))]);
  const ops = lanes === 'f32' ? f32x4 : f64x2;
  if (has(floatBinary, op)) {
    const instruction: Two = ops[floatBinary[op]];
    return named(e, x.map((part, k) => instruction(part, y[k] ?? part))); // prettier-ignore
  }
  if (lanes === 'f64') return hostLanes(e, op, x, y);
  if (has(binaryMath, op)) return named(e, [binaryMath[op](e, first(x), first(y))]);
  throw new TypeError(`wasm: ${op} is not defined for ${dtype}.`);
}

/** Arithmetic on bool is modulo 2. */
function boolBinary(e: Emitter, op: BinaryOp, x: Local<'v128'>, y: Local<'v128'>): V128 {
  switch (op) {
    case 'and':
    case 'mul':
    case 'min':
    case 'div':
      return v128.and(x, y);
    case 'or':
    case 'max':
      return v128.or(x, y);
    case 'xor':
    case 'add':
    case 'sub':
      return v128.xor(x, y);
    default: {
      const [a, b] = [x, y].map((z) => e.fn.name(v128.and(z, e.i32(1)))) as [Local<'v128'>, Local<'v128'>];
      return i32x4.ne(v128.and(integerBinary(e, op, a, b), e.i32(1)), e.i32(0));
    }
  }
}

const integerVector: Partial<Record<BinaryOp, Two>> = {
  add: i32x4.add,
  sub: i32x4.sub,
  mul: i32x4.mul,
  min: i32x4.minS,
  max: i32x4.maxS,
  and: v128.and,
  or: v128.or,
  xor: v128.xor,
  mulhi: (x, y) => i32x4.shuffle(i64x2.extmulLowI32x4U(x, y), i64x2.extmulHighI32x4U(x, y), [1, 3, 5, 7]),
};

function integerBinary(e: Emitter, op: BinaryOp, x: Local<'v128'>, y: Local<'v128'>, count?: number): V128 {
  const instruction = integerVector[op];
  if (instruction) return instruction(x, y);
  if ((op === 'shl' || op === 'shr') && count !== undefined) {
    return op === 'shl' ? i32x4.shl(x, i32.const(count)) : i32x4.shrU(x, i32.const(count));
  }
  const write = laneFunctions[op];
  if (!write) throw new TypeError(`wasm: ${op} is not defined for integers. Cast to a float first.`);
  const callee = e.shared(`integer ${op}`, write);
  return [0, 1, 2, 3].reduce<V128>((sum, lane) => {
    const value = call('i32', callee, i32x4.extractLane(x, lane), i32x4.extractLane(y, lane));
    return lane === 0 ? i32x4.splat(value) : i32x4.replaceLane(sum, lane, value);
  }, x);
}

function laneFunction(write: (fn: FunctionBuilder, x: Local<'i32'>, y: Local<'i32'>) => I32): () => FunctionBuilder {
  return () => {
    const fn = new FunctionBuilder(['i32', 'i32'], 'i32');
    fn.return(write(fn, fn.param('i32', 0), fn.param('i32', 1)));
    return fn;
  };
}

const lowest = -(2 ** 31);
/** A divisor that does not trap: 1 for 0, and where the quotient would be 2³¹. */
const safeDivisor = (x: I32, y: I32): I32 => {
  const overflows = i32.and(i32.eq(x, i32.const(lowest)), i32.eq(y, i32.const(-1)));
  return i32.select(i32.or(i32.eqz(y), overflows), i32.const(1), y);
};

const laneFunctions: Partial<Record<BinaryOp, () => FunctionBuilder>> = {
  div: laneFunction((_, x, y) => i32.select(y, i32.divS(x, safeDivisor(x, y)), i32.const(0))),
  mod: laneFunction((_, x, y) => i32.select(y, i32.remS(x, safeDivisor(x, y)), i32.const(0))),
  shl: laneFunction((_, x, y) => i32.shl(x, y)),
  shr: laneFunction((_, x, y) => i32.shrU(x, y)),
  pow: laneFunction((fn, base, n) => {
    const result = fn.name(i32.const(1));
    fn.if(i32.ltS(n, i32.const(0)), () => {
      // 1 / base^|n|, truncated: only 1 and −1 leave anything.
      const sign = i32.select(i32.and(n, i32.const(1)), i32.const(-1), i32.const(1));
      const ofMinusOne = i32.select(i32.eq(base, i32.const(-1)), sign, i32.const(0));
      fn.set(result, i32.select(i32.eq(base, i32.const(1)), i32.const(1), ofMinusOne));
      fn.return(result);
    });
    fn.scope((exit) =>
      fn.loop((again) => {
        fn.branch(exit, i32.eqz(n));
        fn.if(i32.and(n, i32.const(1)), () => fn.set(result, i32.mul(result, base)));
        fn.set(base, i32.mul(base, base));
        fn.set(n, i32.shrU(n, i32.const(1)));
        fn.branch(again);
      }),
    );
    return result;
  }),
} satisfies Partial<Record<BinaryOp, () => Callable>>;

/** The mask of lanes where the comparison holds. */
export function applyComparison(e: Emitter, op: ComparisonOp, dtype: DType, x: Vec, y: Vec): Vec {
  const lanes = lanesOf(dtype);
  if (lanes === 'mask') return named(e, [boolComparison(op, first(x), first(y))]);
  if (lanes === 'f64') {
    const test: Two = f64x2[op];
    return named(e, [narrowMask(test(first(x), first(y)), test(x[1] ?? first(x), y[1] ?? first(y)))]);
  }
  if (lanes === 'f32') return named(e, [f32x4[op](first(x), first(y))]);
  const signed = { eq: 'eq', ne: 'ne', lt: 'ltS', le: 'leS', gt: 'gtS', ge: 'geS' } as const;
  return named(e, [i32x4[signed[op]](first(x), first(y))]);
}

/** Of truth values, where false is less than true. */
function boolComparison(op: ComparisonOp, x: V128, y: V128): V128 {
  switch (op) {
    case 'eq':
      return v128.not(v128.xor(x, y));
    case 'ne':
      return v128.xor(x, y);
    case 'lt':
      return v128.andnot(y, x);
    case 'gt':
      return v128.andnot(x, y);
    case 'le':
      return v128.not(v128.andnot(x, y));
    case 'ge':
      return v128.not(v128.andnot(y, x));
  }
}
