// The instructions, each as a function from typed values to a typed value, named as in the WebAssembly specification (camelCase).
// SIMD instructions carry the prefix 0xfd, atomic ones 0xfe, saturating truncations 0xfc.

import { bytesOf, signed, unsigned, type Code, type I32, type Value, type ValueType, type V128 } from './value.ts';

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

const unaryOf =
  <A extends ValueType, R extends ValueType>(type: R, code: Code) =>
  (x: Value<A>): Value<R> => ({ type, code: [x.code, code] });
const binaryOf =
  <A extends ValueType, R extends ValueType>(type: R, code: Code) =>
  (x: Value<A>, y: Value<A>): Value<R> => ({ type, code: [x.code, y.code, code] });
const loadOf =
  <R extends ValueType>(type: R, code: Code) =>
  (address: I32, offset = 0): Value<R> => ({ type, code: [address.code, code, 0, unsigned(offset)] });
/** A store, for `FunctionBuilder.do`. */
const storeOf =
  <A extends ValueType>(code: Code) =>
  (address: I32, value: Value<A>, offset = 0): Code => [address.code, value.code, code, 0, unsigned(offset)];

const i1 = (opcode: number) => unaryOf<'i32', 'i32'>('i32', opcode);
const i2 = (opcode: number) => binaryOf<'i32', 'i32'>('i32', opcode);
const plus2 = i2(0x6a);

export const i32 = {
  const: (value: number): I32 => ({ type: 'i32', code: [0x41, signed(BigInt(value | 0))] }),
  load: loadOf('i32', 0x28),
  load8U: loadOf('i32', 0x2d),
  load16U: loadOf('i32', 0x2f),
  store: storeOf<'i32'>(0x36),
  store8: storeOf<'i32'>(0x3a),
  store16: storeOf<'i32'>(0x3b),
  eqz: i1(0x45),
  eq: i2(0x46),
  ne: i2(0x47),
  ltS: i2(0x48),
  ltU: i2(0x49),
  gtS: i2(0x4a),
  gtU: i2(0x4b),
  leS: i2(0x4c),
  leU: i2(0x4d),
  geS: i2(0x4e),
  geU: i2(0x4f),
  clz: i1(0x67),
  ctz: i1(0x68),
  /** The sum of any number of values. */
  add: (first: I32, ...rest: I32[]): I32 => rest.reduce((sum, x) => plus2(sum, x), first),
  sub: i2(0x6b),
  mul: i2(0x6c),
  divS: i2(0x6d),
  divU: i2(0x6e),
  remS: i2(0x6f),
  remU: i2(0x70),
  and: i2(0x71),
  or: i2(0x72),
  xor: i2(0x73),
  shl: i2(0x74),
  shrS: i2(0x75),
  shrU: i2(0x76),
  rotr: i2(0x78),
  wrapI64: unaryOf<'i64', 'i32'>('i32', 0xa7),
  reinterpretF32: unaryOf<'f32', 'i32'>('i32', 0xbc),
  truncSatF32S: unaryOf<'f32', 'i32'>('i32', [0xfc, 0]),
  truncSatF64S: unaryOf<'f64', 'i32'>('i32', [0xfc, 2]),
  /** `condition ? yes : no`, both computed. */
  select: (condition: I32, yes: I32, no: I32): I32 => ({
    type: 'i32',
    code: [yes.code, no.code, condition.code, 0x1b],
  }),
} as const;

const l2 = (opcode: number) => binaryOf<'i64', 'i64'>('i64', opcode);
const lTest = (opcode: number) => binaryOf<'i64', 'i32'>('i32', opcode);

export const i64 = {
  const: (value: bigint): Value<'i64'> => ({ type: 'i64', code: [0x42, signed(BigInt.asIntN(64, value))] }),
  load: loadOf('i64', 0x29),
  store: storeOf<'i64'>(0x37),
  geU: lTest(0x5a),
  extendI32S: unaryOf<'i32', 'i64'>('i64', 0xac),
  extendI32U: unaryOf<'i32', 'i64'>('i64', 0xad),
  add: l2(0x7c),
  sub: l2(0x7d),
  mul: l2(0x7e),
  and: l2(0x83),
  or: l2(0x84),
  xor: l2(0x85),
  shl: l2(0x86),
  shrS: l2(0x87),
  shrU: l2(0x88),
  reinterpretF64: unaryOf<'f64', 'i64'>('i64', 0xbd),
} as const;

const floatOps = <T extends 'f32' | 'f64'>(type: T, compare: number, first: number) => {
  const one = (opcode: number) => unaryOf<T, T>(type, opcode);
  const two = (opcode: number) => binaryOf<T, T>(type, opcode);
  const test = (opcode: number) => binaryOf<T, 'i32'>('i32', opcode);
  return {
    eq: test(compare),
    ne: test(compare + 1),
    lt: test(compare + 2),
    gt: test(compare + 3),
    le: test(compare + 4),
    ge: test(compare + 5),
    abs: one(first),
    neg: one(first + 1),
    ceil: one(first + 2),
    floor: one(first + 3),
    trunc: one(first + 4),
    nearest: one(first + 5),
    sqrt: one(first + 6),
    add: two(first + 7),
    sub: two(first + 8),
    mul: two(first + 9),
    div: two(first + 10),
    min: two(first + 11),
    max: two(first + 12),
    copysign: two(first + 13),
    select: (condition: I32, yes: Value<T>, no: Value<T>): Value<T> => ({
      type,
      code: [yes.code, no.code, condition.code, 0x1b],
    }),
  };
};

export const f32 = {
  ...floatOps('f32', 0x5b, 0x8b),
  const: (value: number): Value<'f32'> => ({ type: 'f32', code: [0x43, bytesOf(Float32Array.of(value))] }),
  load: loadOf('f32', 0x2a),
  store: storeOf<'f32'>(0x38),
  convertI32S: unaryOf<'i32', 'f32'>('f32', 0xb2),
  demoteF64: unaryOf<'f64', 'f32'>('f32', 0xb6),
  reinterpretI32: unaryOf<'i32', 'f32'>('f32', 0xbe),
} as const;

export const f64 = {
  ...floatOps('f64', 0x61, 0x99),
  const: (value: number): Value<'f64'> => ({ type: 'f64', code: [0x44, bytesOf(Float64Array.of(value))] }),
  load: loadOf('f64', 0x2b),
  store: storeOf<'f64'>(0x39),
  convertI32S: unaryOf<'i32', 'f64'>('f64', 0xb7),
  promoteF32: unaryOf<'f32', 'f64'>('f64', 0xbb),
  reinterpretI64: unaryOf<'i64', 'f64'>('f64', 0xbf),
} as const;

const v1 = (opcode: number) => unaryOf<'v128', 'v128'>('v128', simd(opcode));
const v2 = (opcode: number) => binaryOf<'v128', 'v128'>('v128', simd(opcode));
const vTest = (opcode: number) => unaryOf<'v128', 'i32'>('i32', simd(opcode));
const shift = (opcode: number) => (x: V128, count: I32): V128 => ({ type: 'v128', code: [x.code, count.code, simd(opcode)] }); // prettier-ignore
const ternary = (opcode: number) => (x: V128, y: V128, z: V128): V128 => ({ type: 'v128', code: [x.code, y.code, z.code, simd(opcode)] }); // prettier-ignore
const extract =
  <R extends ValueType>(type: R, opcode: number) =>
  (x: V128, lane: number): Value<R> => ({ type, code: [x.code, simd(opcode), lane] });
const replace =
  <A extends ValueType>(opcode: number) =>
  (x: V128, lane: number, value: Value<A>): V128 => ({ type: 'v128', code: [x.code, value.code, simd(opcode), lane] });
/** Loads one lane of `x` and keeps the others. */
const loadLane =
  (opcode: number) =>
  (address: I32, x: V128, lane: number, offset = 0): V128 => ({
    type: 'v128',
    code: [address.code, x.code, simd(opcode), 0, unsigned(offset), lane],
  });
const storeLane =
  (opcode: number) =>
  (address: I32, x: V128, lane: number, offset = 0): Code => [
    address.code,
    x.code,
    simd(opcode),
    0,
    unsigned(offset),
    lane,
  ];

export const v128 = {
  load: loadOf('v128', simd(0x00)),
  load8x8U: loadOf('v128', simd(0x02)),
  load16x4U: loadOf('v128', simd(0x04)),
  load32Splat: loadOf('v128', simd(0x09)),
  load64Splat: loadOf('v128', simd(0x0a)),
  load32Zero: loadOf('v128', simd(0x5c)),
  load64Zero: loadOf('v128', simd(0x5d)),
  load32Lane: loadLane(0x56),
  load64Lane: loadLane(0x57),
  store: storeOf<'v128'>(simd(0x0b)),
  store8Lane: storeLane(0x58),
  store16Lane: storeLane(0x59),
  store32Lane: storeLane(0x5a),
  store64Lane: storeLane(0x5b),
  const: (bytes: readonly number[]): V128 => ({ type: 'v128', code: [simd(0x0c), bytes] }),
  not: v1(0x4d),
  and: v2(0x4e),
  /** x & ~y. */
  andnot: v2(0x4f),
  or: v2(0x50),
  xor: v2(0x51),
  /** Bits of `yes` where the mask has ones, of `no` elsewhere. */
  bitselect: (yes: V128, no: V128, mask: V128): V128 => ({ type: 'v128', code: [yes.code, no.code, mask.code, simd(0x52)] }), // prettier-ignore
  anyTrue: vTest(0x53),
} as const;

/** Lanes 0–3 are x's, 4–7 y's. */
const shuffle32 = (x: V128, y: V128, lanes: readonly [number, number, number, number]): V128 => ({
  type: 'v128',
  code: [x.code, y.code, simd(0x0d), lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte))],
});

export const i8x16 = {
  /** Bytes of `x` at the given positions; 16–31 are y's. */
  shuffle: (x: V128, y: V128, bytes: readonly number[]): V128 => ({ type: 'v128', code: [x.code, y.code, simd(0x0d), bytes] }), // prettier-ignore
  narrowI16x8U: v2(0x66),
} as const;

export const i16x8 = {
  narrowI32x4U: v2(0x86),
  extendLowI8x16U: v1(0x89),
} as const;

export const i32x4 = {
  const: (...lanes: readonly [number, number, number, number]): V128 => v128.const(bytesOf(Int32Array.from(lanes))),
  splat: unaryOf<'i32', 'v128'>('v128', simd(0x11)),
  shuffle: shuffle32,
  extractLane: extract('i32', 0x1b),
  replaceLane: replace<'i32'>(0x1c),
  eq: v2(0x37),
  ne: v2(0x38),
  ltS: v2(0x39),
  ltU: v2(0x3a),
  gtS: v2(0x3b),
  gtU: v2(0x3c),
  leS: v2(0x3d),
  leU: v2(0x3e),
  geS: v2(0x3f),
  geU: v2(0x40),
  abs: v1(0xa0),
  neg: v1(0xa1),
  allTrue: vTest(0xa3),
  bitmask: vTest(0xa4),
  extendLowI16x8U: v1(0xa9),
  shl: shift(0xab),
  shrS: shift(0xac),
  shrU: shift(0xad),
  add: v2(0xae),
  sub: v2(0xb1),
  mul: v2(0xb5),
  minS: v2(0xb6),
  minU: v2(0xb7),
  maxS: v2(0xb8),
  maxU: v2(0xb9),
  truncSatF32x4S: v1(0xf8),
  truncSatF64x2SZero: v1(0xfc),
} as const;

export const i64x2 = {
  splat: unaryOf<'i64', 'v128'>('v128', simd(0x12)),
  extractLane: extract('i64', 0x1d),
  replaceLane: replace<'i64'>(0x1e),
  extendLowI32x4S: v1(0xc7),
  extendHighI32x4S: v1(0xc8),
  /** The products of the lower, or the upper, two lanes, as unsigned numbers of 64 bits. */
  extmulLowI32x4U: v2(0xde),
  extmulHighI32x4U: v2(0xdf),
  shl: shift(0xcb),
  shrS: shift(0xcc),
  shrU: shift(0xcd),
  add: v2(0xce),
  sub: v2(0xd1),
  mul: v2(0xd5),
  eq: v2(0xd6),
  ne: v2(0xd7),
  ltS: v2(0xd8),
  gtS: v2(0xd9),
} as const;

const vectorFloatOps = (
  compare: number,
  first: number,
  round: readonly [ceil: number, floor: number, trunc: number, nearest: number],
) => ({
  eq: v2(compare),
  ne: v2(compare + 1),
  lt: v2(compare + 2),
  gt: v2(compare + 3),
  le: v2(compare + 4),
  ge: v2(compare + 5),
  ceil: v1(round[0]),
  floor: v1(round[1]),
  trunc: v1(round[2]),
  nearest: v1(round[3]),
  abs: v1(first),
  neg: v1(first + 1),
  sqrt: v1(first + 3),
  add: v2(first + 4),
  sub: v2(first + 5),
  mul: v2(first + 6),
  div: v2(first + 7),
  /** NaN if either is, −0 below 0. */
  min: v2(first + 8),
  max: v2(first + 9),
  /** `y < x ? y : x`, one instruction on every machine. */
  pmin: v2(first + 10),
  /** `x < y ? y : x`. */
  pmax: v2(first + 11),
});

export const f32x4 = {
  ...vectorFloatOps(0x41, 0xe0, [0x67, 0x68, 0x69, 0x6a]),
  const: (value: number): V128 => v128.const(bytesOf(Float32Array.of(value, value, value, value))),
  splat: unaryOf<'f32', 'v128'>('v128', simd(0x13)),
  shuffle: shuffle32,
  extractLane: extract('f32', 0x1f),
  replaceLane: replace<'f32'>(0x20),
  convertI32x4S: v1(0xfa),
  demoteF64x2Zero: v1(0x5e),
  /** x · y + z, fused where the machine does. */
  relaxedMadd: ternary(0x105),
  /** z − x · y. */
  relaxedNmadd: ternary(0x106),
} as const;

export const f64x2 = {
  ...vectorFloatOps(0x47, 0xec, [0x74, 0x75, 0x7a, 0x94]),
  const: (value: number): V128 => v128.const(bytesOf(Float64Array.of(value, value))),
  splat: unaryOf<'f64', 'v128'>('v128', simd(0x14)),
  extractLane: extract('f64', 0x21),
  replaceLane: replace<'f64'>(0x22),
  convertLowI32x4S: v1(0xfe),
  promoteLowF32x4: v1(0x5f),
  relaxedMadd: ternary(0x107),
  relaxedNmadd: ternary(0x108),
} as const;

/** Statements on memory. */
export const memory = {
  copy: (to: I32, from: I32, bytes: I32): Code => [to.code, from.code, bytes.code, 0xfc, 10, 0, 0],
  fill: (to: I32, byte: I32, bytes: I32): Code => [to.code, byte.code, bytes.code, 0xfc, 11, 0],
} as const;
