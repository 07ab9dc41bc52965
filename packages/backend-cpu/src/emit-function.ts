// Code as JavaScript source, compiled by the engine. Every operation is written so that V8 sees typed arrays, int32
// arithmetic and no calls but those into Math and a few small helpers.

import {
  describe, erfNumber, fromFloat16Bits, hostArray, integerBinary, KernelCheckError, multiplyHigh, power, roundHalfEven, toFloat16Bits,
} from '@rushlight/core/kernel'; // prettier-ignore
import type { BinaryOp, ComparisonOp, DType, Launch, UnaryOp } from '@rushlight/core/kernel';
import type { Code, Compiled, Op, Statement, Value } from './code.ts';

const helpers = {
  roundHalfEven,
  multiplyHigh,
  power,
  integerPower: (x: number, y: number): number => integerBinary('pow', x, y),
  erf: erfNumber,
  fromFloat16Bits,
  toFloat16Bits,
  fail: (launch: Launch, check: number, value: number, position: number): never => {
    throw new KernelCheckError(launch, { check, value, position });
  },
};

const call =
  (name: string) =>
  (x: string, y?: string): string =>
    `${name}(${x}${y === undefined ? '' : `, ${y}`})`;
const infix =
  (symbol: string) =>
  (x: string, y: string): string =>
    `(${x} ${symbol} ${y})`;

const unaryText: Record<UnaryOp, (x: string) => string> = {
  neg: (x) => `(-${x})`,
  abs: call('Math.abs'),
  sign: (x) => `((${x} > 0) - (${x} < 0))`,
  floor: call('Math.floor'),
  ceil: call('Math.ceil'),
  round: call('roundHalfEven'),
  trunc: call('Math.trunc'),
  not: (x) => `(~${x})`,
  exp: call('Math.exp'),
  expm1: call('Math.expm1'),
  log: call('Math.log'),
  log1p: call('Math.log1p'),
  sqrt: call('Math.sqrt'),
  sin: call('Math.sin'),
  cos: call('Math.cos'),
  tan: call('Math.tan'),
  asin: call('Math.asin'),
  acos: call('Math.acos'),
  atan: call('Math.atan'),
  sinh: call('Math.sinh'),
  cosh: call('Math.cosh'),
  tanh: call('Math.tanh'),
  asinh: call('Math.asinh'),
  acosh: call('Math.acosh'),
  atanh: call('Math.atanh'),
  erf: call('erf'),
};

const binaryText: Record<BinaryOp, (x: string, y: string) => string> = {
  add: infix('+'),
  sub: infix('-'),
  mul: infix('*'),
  div: infix('/'),
  mod: infix('%'),
  pow: call('power'),
  atan2: call('Math.atan2'),
  min: call('Math.min'),
  max: call('Math.max'),
  and: infix('&'),
  or: infix('|'),
  xor: infix('^'),
  shl: infix('<<'),
  shr: infix('>>>'),
  mulhi: call('multiplyHigh'),
};

const comparisonText: Record<ComparisonOp, (x: string, y: string) => string> = {
  eq: infix('==='),
  ne: infix('!=='),
  lt: infix('<'),
  le: infix('<='),
  gt: infix('>'),
  ge: infix('>='),
};

/** Operations whose result on integers of a dtype is one without wrapping. */
const closed = new Set<Op>(['floor', 'ceil', 'round', 'trunc', 'min', 'max', 'and', 'or', 'xor']);

function wrapText(text: string, dtype: DType): string {
  const { kind, bits } = describe(dtype);
  return kind === 'float' ? text : `(${text} ${kind === 'bool' ? '& 1' : bits === 8 ? '& 255' : '| 0'})`;
}

function castText(x: string, to: DType): string {
  if (to === 'float64') return x;
  if (to === 'float32') return `Math.fround(${x})`;
  if (to === 'float16') return `fromFloat16Bits(toFloat16Bits(${x}))`;
  if (to === 'bool') return `((${x} !== 0) | 0)`;
  return wrapText(`Math.min(Math.max(Math.trunc(${x}), -2147483648), 2147483647)`, to);
}

function applyText(op: Op, dtype: DType, x: string, y: string): string {
  if (op === 'cast') return castText(x, dtype);
  if (Object.hasOwn(comparisonText, op)) return `(${comparisonText[op as ComparisonOp](x, y)} | 0)`;
  const integer = describe(dtype).kind !== 'float';
  if (integer && op === 'mul') return wrapText(`Math.imul(${x}, ${y})`, dtype);
  if (integer && op === 'pow') return wrapText(`integerPower(${x}, ${y})`, dtype);
  const text = Object.hasOwn(unaryText, op) ? unaryText[op as UnaryOp](x) : binaryText[op as BinaryOp](x, y);
  return closed.has(op) ? text : wrapText(text, dtype);
}

function numberText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.startsWith('-') ? `(${text})` : text;
}

const memberText = (path: readonly (string | number)[]): string =>
  path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');

/** Writes one Code: its arrays' dtypes decide how elements are read and written. */
class Writer {
  private readonly code: Code;
  picks = 0;

  constructor(code: Code) {
    this.code = code;
  }

  private dtype(array: number): DType | undefined {
    return this.code.arrays[array]?.dtype;
  }

  value(v: Value): string {
    switch (v.kind) {
      case 'number':
        return numberText(v.value);
      case 'local':
        return `v${v.id}`;
      case 'param':
        return `(launch${memberText(v.path)} ?? 0)`;
      case 'load': {
        const text = `a${v.array}[${this.value(v.at)}]`;
        return this.dtype(v.array) === 'float16' ? `fromFloat16Bits(${text})` : text;
      }
      case 'choose':
        return `(${this.condition(v.condition)} ? ${this.value(v.yes)} : ${this.value(v.no)})`;
      case 'pick': {
        // Stored side by side and read back: engines make a jump of a conditional expression.
        const at = 2 * this.picks++;
        const sides = `p[${at}] = ${this.value(v.no)}, p[${at + 1}] = ${this.value(v.yes)}`;
        const condition = v.condition.kind === 'apply' ? this.value(v.condition) : `(${this.value(v.condition)} & 1)`;
        return `(${sides}, p[${at} + ${condition}])`;
      }
      case 'apply': {
        const [x, y] = v.args;
        return applyText(v.op, v.dtype, x ? this.value(x) : '', y ? this.value(y) : '');
      }
    }
  }

  /** A value of which only the truth matters. */
  private condition(v: Value): string {
    if (v.kind !== 'apply' || v.dtype !== 'bool') return this.value(v);
    const [x, y] = v.args;
    if (!x) return this.value(v);
    if (v.op === 'not') return `!${this.condition(x)}`;
    if (!y) return this.value(v);
    if (v.op === 'and') return `(${this.condition(x)} && ${this.condition(y)})`;
    if (v.op === 'or') return `(${this.condition(x)} || ${this.condition(y)})`;
    if (Object.hasOwn(comparisonText, v.op)) return comparisonText[v.op as ComparisonOp](this.value(x), this.value(y));
    return this.value(v);
  }

  statement(s: Statement): string {
    switch (s.kind) {
      case 'let':
        return `let v${s.id} = ${this.value(s.value)};`;
      case 'set':
        return `v${s.id} = ${this.value(s.value)};`;
      case 'store': {
        const value = this.value(s.value);
        return `a${s.array}[${this.value(s.at)}] = ${this.dtype(s.array) === 'float16' ? `toFloat16Bits(${value})` : value};`;
      }
      case 'for': {
        const i = `v${s.id}`;
        const step = s.step === 1 ? `${i}++` : `${i} += ${s.step}`;
        return `for (let ${i} = ${this.value(s.from)}; ${i} < ${this.value(s.to)}; ${step}) {\n${this.block(s.body)}\n}`;
      }
      case 'if':
        return `if (${this.condition(s.condition)}) {\n${this.block(s.body)}\n}`;
      case 'fail':
        return `if (${this.condition(s.condition)}) fail(launch, ${s.check}, ${this.value(s.value)}, ${this.value(s.position)});`;
    }
  }

  block(statements: readonly Statement[]): string {
    return statements.map((s) => this.statement(s)).join('\n');
  }
}

/** The source of a function of a launch; `scratch` holds the arrays that are no operand's. */
function sourceOf(code: Code): string {
  const arrays = code.arrays.map((a, k) =>
    'operand' in a ? `const a${k} = launch.operands[${a.operand}].buffer.data;` : `const a${k} = scratch[${k}];`,
  );
  const writer = new Writer(code);
  const body = writer.block(code.body);
  const picks = `const p = new Float64Array(${2 * writer.picks});`;
  return `'use strict';\n${picks}\nreturn (launch) => {\n${arrays.join('\n')}\n${body}\n};`;
}

export function emitFunction(code: Code): Compiled {
  const scratch = code.arrays.map((a) => ('length' in a ? hostArray('float64', a.length) : undefined));
  const make = new Function('scratch', ...Object.keys(helpers), sourceOf(code)) as (...values: unknown[]) => Compiled;
  return make(scratch, ...Object.values(helpers));
}

/** False where a Content-Security-Policy or a flag of the engine forbids making functions from text. */
export function canEmitFunctions(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}
