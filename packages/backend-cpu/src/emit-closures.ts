// Code as a tree of closures, for pages whose Content-Security-Policy forbids making functions from text. Locals live
// in one Float64Array. Slower than compiled source by the price of a call per node, with the same results.

import {
  binaryMeaning, castValue, comparisonMeaning, describe, fromFloat16Bits, hostArray, integerBinary, KernelCheckError, toFloat16Bits,
  unaryMeaning, wrap,
} from '@rushlight/core/kernel'; // prettier-ignore
import type { BinaryOp, ComparisonOp, DType, Launch, Operand, TypedArray, UnaryOp } from '@rushlight/core/kernel';
import { type Code, type Compiled, type Op, type Statement, type Value, zero } from './code.ts';
import { dataOf } from './cpu-buffer.ts';

/** What closures see of a launch. One serves all launches of its code: they never overlap. */
interface Frame {
  readonly code: Code;
  readonly locals: Float64Array;
  readonly arrays: TypedArray[];
  launch: Launch | undefined;
}

type Read = () => number;
type Act = () => void;

function meaning(op: Op, dtype: DType): (x: number, y: number) => number {
  if (op === 'cast') return (x) => castValue(x, dtype);
  if (Object.hasOwn(comparisonMeaning, op)) {
    const compare = comparisonMeaning[op as ComparisonOp];
    return (x, y) => (compare(x, y) ? 1 : 0);
  }
  if (Object.hasOwn(unaryMeaning, op)) {
    const f = unaryMeaning[op as UnaryOp];
    return describe(dtype).kind === 'float' ? f : (x) => wrap(f(x), dtype);
  }
  const binary = op as BinaryOp;
  return describe(dtype).kind === 'float' ? binaryMeaning[binary] : (x, y) => wrap(integerBinary(binary, x, y), dtype);
}

/** A number somewhere inside the launch; 0 where it is absent. */
function follow(launch: unknown, path: readonly (string | number)[]): number {
  let here = launch;
  for (const key of path) here = (here as Record<string | number, unknown>)[key];
  return typeof here === 'number' ? here : 0;
}

function readOf(v: Value, frame: Frame): Read {
  const { arrays, locals } = frame;
  switch (v.kind) {
    case 'number': {
      const { value } = v;
      return () => value;
    }
    case 'local': {
      const { id } = v;
      return () => locals[id] as number;
    }
    case 'param':
      return () => follow(frame.launch, v.path);
    case 'load': {
      const at = readOf(v.at, frame);
      const { array } = v;
      return frame.code.arrays[array]?.dtype === 'float16'
        ? () => fromFloat16Bits((arrays[array] as TypedArray)[at()] as number)
        : () => (arrays[array] as TypedArray)[at()] as number;
    }
    case 'choose':
    case 'pick': {
      const [condition, yes, no] = [readOf(v.condition, frame), readOf(v.yes, frame), readOf(v.no, frame)];
      return () => (condition() ? yes() : no());
    }
    case 'apply': {
      const [x = zero, y] = v.args;
      return y ? readBinary(v.op, v.dtype, x, y, frame) : readUnary(meaning(v.op, v.dtype), readOf(x, frame));
    }
  }
}

const readUnary =
  (f: (x: number, y: number) => number, x: Read): Read =>
  () =>
    f(x(), 0);

/** Indices are made of sums and products, most of them of locals: these take no call for each operand. */
function readBinary(op: Op, dtype: DType, x: Value, y: Value, frame: Frame): Read {
  const { locals } = frame;
  const isIndex = dtype === 'float64' && (op === 'add' || op === 'mul');
  if (isIndex && x.kind === 'local' && y.kind === 'local') {
    const [i, j] = [x.id, y.id];
    return op === 'add'
      ? () => (locals[i] as number) + (locals[j] as number)
      : () => (locals[i] as number) * (locals[j] as number);
  }
  const [left, right] = [readOf(x, frame), readOf(y, frame)];
  if (isIndex) return op === 'add' ? () => left() + right() : () => left() * right();
  const f = meaning(op, dtype);
  return () => f(left(), right());
}

function actOf(s: Statement, frame: Frame): Act {
  const { arrays, locals } = frame;
  switch (s.kind) {
    case 'let':
    case 'set': {
      const value = readOf(s.value, frame);
      const { id } = s;
      return () => {
        locals[id] = value();
      };
    }
    case 'store': {
      const [at, value] = [readOf(s.at, frame), readOf(s.value, frame)];
      const { array } = s;
      const half = frame.code.arrays[array]?.dtype === 'float16';
      return () => {
        const element = value();
        (arrays[array] as TypedArray)[at()] = half ? toFloat16Bits(element) : element;
      };
    }
    case 'for': {
      const [from, to, body] = [readOf(s.from, frame), readOf(s.to, frame), sequence(s.body, frame)];
      const { id, step } = s;
      return () => {
        const end = to();
        for (let i = from(); i < end; i += step) {
          locals[id] = i;
          body();
        }
      };
    }
    case 'if': {
      const [condition, body] = [readOf(s.condition, frame), sequence(s.body, frame)];
      return () => {
        if (condition()) body();
      };
    }
    case 'fail': {
      const [condition, value, position] = [
        readOf(s.condition, frame),
        readOf(s.value, frame),
        readOf(s.position, frame),
      ];
      return () => {
        if (!condition() || !frame.launch) return;
        throw new KernelCheckError(frame.launch, { check: s.check, value: value(), position: position() });
      };
    }
  }
}

function sequence(statements: readonly Statement[], frame: Frame): Act {
  const acts = statements.map((s) => actOf(s, frame));
  const [first, second, ...others] = acts;
  if (!first) return () => {};
  if (!second) return first;
  if (!others.length) {
    return () => {
      first();
      second();
    };
  }
  return () => {
    for (let k = 0; k < acts.length; k++) acts[k]?.();
  };
}

export function emitClosures(code: Code): Compiled {
  const arrays = code.arrays.map((a) => hostArray('float64', 'length' in a ? a.length : 0));
  const frame: Frame = { code, locals: new Float64Array(code.locals), arrays, launch: undefined };
  const body = sequence(code.body, frame);
  // The launch and its memory are let go when it is over.
  const enter = (launch: Launch | undefined): void => {
    frame.launch = launch;
    code.arrays.forEach((a, k) => {
      if ('operand' in a) arrays[k] = launch ? dataOf((launch.operands[a.operand] as Operand).buffer) : nothing;
    });
  };
  return (launch) => {
    enter(launch);
    try {
      body();
    } finally {
      enter(undefined);
    }
  };
}

const nothing = hostArray('float64', 0);
