// A scalar expression: what one element of a kernel's result is, in terms of the elements it reads.
// Expressions are immutable and interned, so that equal expressions are the same object and a shared
// sub-expression is found by identity. Simplification happens on construction and is exact for NaN, ±Inf and −0.

import { describe, type DType } from './dtype.ts';

/** Where a value comes from. `slot` says which one. */
export const leafOps = ['input', 'scalar', 'stage', 'position', 'index', 'constant'] as const;

/**
 * The closed set of scalar functions that a backend must translate. All are IEEE/C semantics unless said:
 * `round` is half to even, `sign` of NaN and of ±0 is 0, `mod` has the dividend's sign, `min`/`max` give NaN if either is NaN,
 * integer `div` and `mod` truncate and give 0 for a zero divisor, `mulhi` is the upper 32 bits of the product of unsigned numbers. On bool, `and`/`or`/`xor`/`not` are logical,
 * on integers bitwise. Shifts take their count modulo 32; `shr` shifts in zeros. A device may flush denormals to zero.
 */
export const unaryOps = [
  'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'not',
  'exp', 'expm1', 'log', 'log1p', 'sqrt',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'erf',
] as const; // prettier-ignore
export const binaryOps = [
  'add',
  'sub',
  'mul',
  'div',
  'mod',
  'pow',
  'atan2',
  'min',
  'max',
  'and',
  'or',
  'xor',
  'shl',
  'shr',
  'mulhi',
] as const;
/** Comparisons of two operands of one dtype; the result is bool. Any comparison with NaN is false but `ne`. */
export const comparisonOps = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
/**
 * `select(condition, a, b)` · `cast` between dtypes (floats to integers truncate and saturate at 32 bits, then wrap; NaN is 0) ·
 * `detach(x)` is x with no derivative · `override(value, x, dx, …)` is value, whose derivative with respect to each x is the dx after it.
 * The last two are for `differentiate` alone: a program never holds them.
 */
export const structuralOps = ['select', 'cast', 'detach', 'override'] as const;

export type LeafOp = (typeof leafOps)[number];
export type UnaryOp = (typeof unaryOps)[number];
export type BinaryOp = (typeof binaryOps)[number];
export type ComparisonOp = (typeof comparisonOps)[number];
export type StructuralOp = (typeof structuralOps)[number];
export type ExprOp = LeafOp | UnaryOp | BinaryOp | ComparisonOp | StructuralOp;

/** An expression, or a number that takes the dtype of what it meets. */
export type ExprLike = Expr | number;

export class Expr {
  readonly op: ExprOp;
  readonly dtype: DType;
  readonly args: readonly Expr[];
  /** The value of a constant; the slot of a leaf; 0 elsewhere. */
  readonly value: number;
  readonly id: number;

  /** Not for direct use: expressions are made by the functions below, which intern them. */
  constructor(op: ExprOp, dtype: DType, args: readonly Expr[], value: number, id: number) {
    this.op = op;
    this.dtype = dtype;
    this.args = args;
    this.value = value;
    this.id = id;
  }

  add(y: ExprLike): Expr {
    return binary('add', this, y);
  }
  sub(y: ExprLike): Expr {
    return binary('sub', this, y);
  }
  mul(y: ExprLike): Expr {
    return binary('mul', this, y);
  }
  div(y: ExprLike): Expr {
    return binary('div', this, y);
  }
  neg(): Expr {
    return unary('neg', this);
  }
  square(): Expr {
    return binary('mul', this, this);
  }
  eq(y: ExprLike): Expr {
    return compare('eq', this, y);
  }
  ne(y: ExprLike): Expr {
    return compare('ne', this, y);
  }
  lt(y: ExprLike): Expr {
    return compare('lt', this, y);
  }
  le(y: ExprLike): Expr {
    return compare('le', this, y);
  }
  gt(y: ExprLike): Expr {
    return compare('gt', this, y);
  }
  ge(y: ExprLike): Expr {
    return compare('ge', this, y);
  }
  and(y: ExprLike): Expr {
    return binary('and', this, y);
  }
  or(y: ExprLike): Expr {
    return binary('or', this, y);
  }
  xor(y: ExprLike): Expr {
    return binary('xor', this, y);
  }
  not(): Expr {
    return unary('not', this);
  }
  /** True where this is NaN. */
  isNaN(): Expr {
    return compare('ne', this, this);
  }
  cast(dtype: DType): Expr {
    return cast(this, dtype);
  }
}

const interned = new Map<string, WeakRef<Expr>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (interned.get(key)?.deref() === undefined) interned.delete(key);
});
let lastId = 0;

function intern(op: ExprOp, dtype: DType, args: readonly Expr[], value = 0): Expr {
  let key = `${op} ${dtype} ${Object.is(value, -0) ? '-0' : value}`;
  for (const arg of args) key += ` ${arg.id}`;
  const known = interned.get(key)?.deref();
  if (known) return known;
  const made = new Expr(op, dtype, args, value, ++lastId);
  interned.set(key, new WeakRef(made));
  forget.register(made, key);
  return made;
}

/** The element of operand `slot` at the current position. */
export function input(slot: number, dtype: DType): Expr {
  return intern('input', dtype, [], slot);
}

/** A number given at launch: learning rates, user numbers, seeds. Never part of a program. */
export function scalar(slot: number, dtype: DType): Expr {
  return intern('scalar', dtype, [], slot);
}

/** The result of reduction stage `slot` for the current row. */
export function stage(slot: number, dtype: DType): Expr {
  return intern('stage', dtype, [], slot);
}

/** The column at which stage `slot`, an argmax or argmin, found its value (int32). */
export function position(slot: number): Expr {
  return intern('position', 'int32', [], slot);
}

/**
 * The number of the current row or column, counted row-major over the dims of its group (int32). It counts groups, not
 * single dims, so that merging dims never changes what an expression means; with no columns `index('row')` is the flat
 * position of the element and `index('column')` 0.
 */
export function index(group: 'row' | 'column'): Expr {
  return intern('index', 'int32', [], group === 'row' ? 0 : 1);
}

/** A number that belongs to the formula itself (½, √2, 0): numbers that users give are scalars. */
export function constant(value: number, dtype: DType): Expr {
  return intern('constant', dtype, [], store(value, dtype));
}

/** `value` as a number of `dtype` holds it, floats unrounded: expressions compute in float64 and round when stored. */
function store(value: number, dtype: DType): number {
  const { kind, bits } = describe(dtype);
  if (kind === 'float') return value;
  if (kind === 'bool') return value ? 1 : 0;
  return bits === 8 ? value & 255 : value | 0;
}

function lift(y: ExprLike, dtype: DType): Expr {
  return typeof y === 'number' ? constant(y, dtype) : y;
}

/** The dtype that a number takes from the expression beside it. Two numbers would silently compute in a dtype that a device may not have. */
function commonDType(op: string, x: ExprLike, y: ExprLike): DType {
  if (typeof x !== 'number') return x.dtype;
  if (typeof y !== 'number') return y.dtype;
  throw new TypeError(`${op}: ${x} and ${y} are both plain numbers, of no dtype. Make one of them a constant.`);
}

function sameDType(op: string, x: Expr, y: Expr): void {
  if (x.dtype !== y.dtype) throw new TypeError(`${op}: operands are ${x.dtype} and ${y.dtype}. Cast one of them.`);
}

function isConstant(x: Expr, value: number): boolean {
  return x.op === 'constant' && Object.is(x.value, value);
}

export function unary(op: UnaryOp, x: Expr): Expr {
  if (op === 'neg' && x.op === 'constant') return constant(-x.value, x.dtype);
  if (op === 'neg' && x.op === 'neg') return x.args[0] ?? x;
  if (op === 'not' && x.op === 'not') return x.args[0] ?? x;
  return intern(op, x.dtype, [x]);
}

const folded: Partial<Record<BinaryOp, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
};

export function binary(op: BinaryOp, x: ExprLike, y: ExprLike): Expr {
  const dtype = commonDType(op, x, y);
  const a = lift(x, dtype);
  const b = lift(y, dtype);
  sameDType(op, a, b);
  const fold = folded[op];
  if (fold && a.op === 'constant' && b.op === 'constant' && describe(dtype).kind === 'float') {
    return constant(fold(a.value, b.value), dtype);
  }
  if ((op === 'mul' || op === 'div') && isConstant(b, 1)) return a;
  if (op === 'mul' && isConstant(a, 1)) return b;
  if (op === 'mul' && isConstant(b, -1)) return unary('neg', a);
  if (op === 'mul' && isConstant(a, -1)) return unary('neg', b);
  if (op === 'sub' && isConstant(b, 0)) return a;
  if (op === 'add' && isConstant(b, -0)) return a;
  if (op === 'add' && isConstant(a, -0)) return b;
  if (op === 'add' && b.op === 'neg') return binary('sub', a, b.args[0] ?? b);
  return intern(op, dtype, [a, b]);
}

export function compare(op: ComparisonOp, x: Expr, y: ExprLike): Expr {
  const b = lift(y, x.dtype);
  sameDType(op, x, b);
  return intern(op, 'bool', [x, b]);
}

export function select(condition: Expr, x: ExprLike, y: ExprLike): Expr {
  const dtype = commonDType('select', x, y);
  const a = lift(x, dtype);
  const b = lift(y, dtype);
  sameDType('select', a, b);
  if (condition.dtype !== 'bool') throw new TypeError(`select: the condition is ${condition.dtype}. It must be bool.`);
  if (condition.op === 'constant') return condition.value ? a : b;
  return a === b ? a : intern('select', dtype, [condition, a, b]);
}

export function cast(x: Expr, dtype: DType): Expr {
  if (x.dtype === dtype) return x;
  // Small integers are the same number in every dtype but bool and uint8, which `constant` wraps.
  if (x.op === 'constant' && Number.isInteger(x.value) && Math.abs(x.value) <= 2048) {
    return constant(dtype === 'bool' ? Number(x.value !== 0) : x.value, dtype);
  }
  return intern('cast', dtype, [x]);
}

/** `x`, taken as a constant by `differentiate`. */
export function detach(x: Expr): Expr {
  return intern('detach', x.dtype, [x]);
}

/**
 * `value`, with derivatives given instead of derived: for each `[x, dx]` the derivative with respect to the
 * sub-expression x is dx. For formulas whose mechanical derivative is numerically poor, or that should be expressed
 * through the value itself (so that it is the output, not the input, that a gradient keeps).
 */
export function override(value: Expr, derivatives: readonly (readonly [x: Expr, dx: ExprLike])[]): Expr {
  return intern('override', value.dtype, [value, ...derivatives.flatMap(([x, dx]) => [x, lift(dx, value.dtype)])]);
}

const f = (op: UnaryOp) => (x: Expr) => unary(op, x);
export const abs = f('abs');
export const sign = f('sign');
export const floor = f('floor');
export const ceil = f('ceil');
export const round = f('round');
export const trunc = f('trunc');
export const exp = f('exp');
export const expm1 = f('expm1');
export const log = f('log');
export const log1p = f('log1p');
export const sqrt = f('sqrt');
export const sin = f('sin');
export const cos = f('cos');
export const tan = f('tan');
export const asin = f('asin');
export const acos = f('acos');
export const atan = f('atan');
export const sinh = f('sinh');
export const cosh = f('cosh');
export const tanh = f('tanh');
export const asinh = f('asinh');
export const acosh = f('acosh');
export const atanh = f('atanh');
export const erf = f('erf');

const g = (op: BinaryOp) => (x: ExprLike, y: ExprLike) => binary(op, x, y);
export const pow = g('pow');
export const mod = g('mod');
export const atan2 = g('atan2');
export const minimum = g('min');
export const maximum = g('max');
export const shl = g('shl');
export const shr = g('shr');
export const mulhi = g('mulhi');
