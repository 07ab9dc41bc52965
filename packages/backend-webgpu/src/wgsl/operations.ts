// One operation on terms of WGSL, as the kernel language means it.

import { describe, type BinaryOp, type ComparisonOp, type DType, type UnaryOp } from '@rushlight/core/kernel';
import type { FunctionName } from './functions.ts';
import type { Shader } from './shader.ts';
import { valueType } from './value-types.ts';

const has = <T extends object>(table: T, key: PropertyKey): key is keyof T => Object.hasOwn(table, key);

/** Number literals, and what they are made of. */
const literal =
  /^(?:-?[\d.]+(?:e[+-]?\d+)?[fu]|f32\([-+\d.e]+\)|bitcast<f32>\(0x80000000u\)|i32\([-\d ]+\)|true|false)$/;

/** What WGSL would compute while it compiles, and refuse where it overflows, is left to the device. */
const atRunTime = <S>(shader: Shader<S>, term: string): string => (literal.test(term) ? shader.let(term) : term);

function undefinedFor(op: string, dtype: DType): never {
  throw new TypeError(`webgpu: ${op} is not defined for ${dtype}. Cast to another dtype first.`);
}

const floatUnary = {
  exp: 'exponential', expm1: 'expMinusOne', log: 'logarithm', log1p: 'logOnePlus', sin: 'sine', cos: 'cosine', tan: 'tangent',
  asin: 'arcsine', acos: 'arccosine', atan: 'arctangent', sinh: 'hyperbolicSine', cosh: 'hyperbolicCosine', tanh: 'hyperbolicTangent',
  asinh: 'inverseHyperbolicSine', acosh: 'inverseHyperbolicCosine', atanh: 'inverseHyperbolicTangent', erf: 'errorFunction', sign: 'signOf',
  ceil: 'ceiling', round: 'rounded', trunc: 'truncated', neg: 'negated',
} as const satisfies Partial<Record<UnaryOp, FunctionName>>; // prettier-ignore

/** A term for `op(a)`, where `a` is a value of `dtype`, as the result is. */
export function applyUnary<S>(shader: Shader<S>, op: UnaryOp, dtype: DType, a: string): string {
  const type = valueType(dtype);
  if (type === 'f32') {
    if (op === 'abs' || op === 'floor') return `${op}(${a})`;
    // Programs on the CPU are exact by themselves.
    if (op === 'sqrt') return `${shader.use(shader.features.software ? 'root' : 'nearestRoot')}(${a})`;
    return has(floatUnary, op) ? `${shader.use(floatUnary[op])}(${a})` : undefinedFor(op, dtype);
  }
  switch (op) {
    case 'floor':
    case 'ceil':
    case 'round':
    case 'trunc':
      return a;
    case 'not':
      return type === 'bool' ? `!(${a})` : type === 'u32' ? `(~${a} & 255u)` : `~(${a})`;
    case 'neg':
      return type === 'bool' ? a : type === 'u32' ? `((0u - ${a}) & 255u)` : `-(${atRunTime(shader, a)})`;
    case 'abs':
      return type === 'i32' ? `abs(${atRunTime(shader, a)})` : a;
    case 'sign':
      return type === 'bool' ? a : type === 'u32' ? `min(${a}, 1u)` : `sign(${a})`;
    default:
      return undefinedFor(op, dtype);
  }
}

const floatBinary = {
  mod: 'remainder', pow: 'power', atan2: 'arctangent2', min: 'minimum', max: 'maximum',
} as const satisfies Partial<Record<BinaryOp, FunctionName>>; // prettier-ignore
const arithmetic = { add: '+', sub: '-', mul: '*' } as const;
const bitwise = { and: '&', or: '|', xor: '^' } as const;
const integerFunctions = {
  i32: { div: 'divideInt', mod: 'modInt', pow: 'powInt' },
  u32: { div: 'divideUint', mod: 'modUint', pow: 'powUint' },
} as const satisfies Record<string, Partial<Record<BinaryOp, FunctionName>>>;

/** A term for `op(a, b)` of two values of `dtype`, as the result is. */
export function applyBinary<S>(shader: Shader<S>, op: BinaryOp, dtype: DType, a: string, b: string): string {
  const type = valueType(dtype);
  const first = literal.test(b) ? atRunTime(shader, a) : a;
  if (type === 'bool') return boolBinary(op, a, b);
  if (type === 'f32') {
    // Of NaN and infinities it is not 0, as drivers take it to be.
    if (op === 'sub' && a === b) return `(${shader.use('opaque')}(${a}) - ${b})`;
    if (has(arithmetic, op)) return `(${first} ${arithmetic[op]} ${b})`;
    if (op === 'div') return shader.features.software ? `(${first} / ${b})` : `${shader.use('quotient')}(${a}, ${b})`;
    return has(floatBinary, op) ? `${shader.use(floatBinary[op])}(${a}, ${b})` : undefinedFor(op, dtype);
  }
  const term = integerBinary(shader, op, type, first, b);
  if (term === undefined) return undefinedFor(op, dtype);
  return describe(dtype).bits === 8 ? `(${term} & 255u)` : term;
}

function integerBinary<S>(
  shader: Shader<S>,
  op: BinaryOp,
  type: 'i32' | 'u32',
  a: string,
  b: string,
): string | undefined {
  const isSigned = type === 'i32';
  if (has(arithmetic, op)) return `(${a} ${arithmetic[op]} ${b})`;
  if (has(bitwise, op)) return `(${a} ${bitwise[op]} ${b})`;
  const library = integerFunctions[type];
  if (has(library, op)) return `${shader.use(library[op])}(${a}, ${b})`;
  const count = isSigned ? `(bitcast<u32>(${b}) & 31u)` : `(${b} & 31u)`;
  switch (op) {
    case 'min':
    case 'max':
      return `${op}(${a}, ${b})`;
    case 'shl':
      return `(${atRunTime(shader, a)} << ${count})`;
    case 'shr':
      return isSigned ? `bitcast<i32>(bitcast<u32>(${a}) >> ${count})` : `(${a} >> ${count})`;
    case 'mulhi':
      return isSigned
        ? `bitcast<i32>(${shader.use('multiplyHigh')}(bitcast<u32>(${a}), bitcast<u32>(${b})))`
        : `${shader.use('multiplyHigh')}(${a}, ${b})`;
    default:
      return undefined;
  }
}

/** Arithmetic on bool is modulo 2. */
function boolBinary(op: BinaryOp, a: string, b: string): string {
  switch (op) {
    case 'and':
    case 'mul':
    case 'min':
    case 'div':
      return `(${a} & ${b})`;
    case 'or':
    case 'max':
      return `(${a} | ${b})`;
    case 'xor':
    case 'add':
    case 'sub':
      return `(${a} != ${b})`;
    case 'pow':
      return `(${a} | !${b})`;
    case 'shl':
    case 'shr':
      return `(${a} & !${b})`;
    case 'mod':
    case 'mulhi':
      return 'false';
    default:
      return undefinedFor(op, 'bool');
  }
}

const signs: Readonly<Record<ComparisonOp, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' };

/** A bool term for the comparison of two values of `dtype`. */
export function applyComparison<S>(shader: Shader<S>, op: ComparisonOp, dtype: DType, a: string, b: string): string {
  const type = valueType(dtype);
  if (type === 'bool') return boolComparison(op, a, b);
  const plain = `(${a} ${signs[op]} ${b})`;
  if (type !== 'f32') return plain;
  const isNan = (x: string): string => `${shader.use('isNan')}(${x})`;
  if (a === b && op === 'ne') return isNan(a);
  const one = a === b || literal.test(b) ? a : literal.test(a) ? b : undefined;
  if (op === 'ne') return `(${plain} | ${one === undefined ? `!${shader.use('areOrdered')}(${a}, ${b})` : isNan(one)})`;
  return `(${plain} & ${one === undefined ? `${shader.use('areOrdered')}(${a}, ${b})` : `!${isNan(one)}`})`;
}

/** Of truth values, where false is less than true. */
function boolComparison(op: ComparisonOp, a: string, b: string): string {
  switch (op) {
    case 'eq':
    case 'ne':
      return `(${a} ${signs[op]} ${b})`;
    case 'lt':
      return `(!${a} & ${b})`;
    case 'gt':
      return `(${a} & !${b})`;
    case 'le':
      return `(!${a} | ${b})`;
    case 'ge':
      return `(${a} | !${b})`;
  }
}

/** A term for `a`, a value of `from`, as a value of `to`. A float16 value is rounded to one. */
export function applyCast<S>(shader: Shader<S>, from: DType, to: DType, a: string): string {
  const [source, target] = [valueType(from), valueType(to)];
  const half = (value: string): string => (to === 'float16' ? `${shader.use('roundHalf')}(${value})` : value);
  switch (target) {
    case 'bool':
      if (source === 'f32') return `((bitcast<u32>(${a}) & 0x7fffffffu) != 0u)`;
      return source === 'bool' ? a : `(${a} != ${source === 'u32' ? '0u' : '0'})`;
    case 'f32':
      if (source === 'f32') return half(a);
      return source === 'bool' ? `select(0f, 1f, ${a})` : source === 'u32' ? `f32(${a})` : half(`f32(${a})`);
    case 'i32':
      if (source === 'f32') return `${shader.use('toInt')}(${a})`;
      return source === 'bool' ? `select(0, 1, ${a})` : source === 'u32' ? `i32(${a})` : a;
    case 'u32':
      if (source === 'f32') return `(bitcast<u32>(${shader.use('toInt')}(${a})) & 255u)`;
      return source === 'bool' ? `select(0u, 1u, ${a})` : source === 'i32' ? `(bitcast<u32>(${a}) & 255u)` : a;
  }
}
