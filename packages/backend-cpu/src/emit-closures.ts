// Code as a tree of closures, for pages whose Content-Security-Policy forbids making functions from text. Locals live
// in one Float64Array. Slower than compiled source by the price of a call per node, with the same results.

import {
  binaryMeaning, castValue, comparisonMeaning, describe, fromFloat16Bits, hostArray, integerBinary, KernelCheckError, toFloat16Bits,
  unaryMeaning, wrap,
} from '@rushlight/core/kernel'; // prettier-ignore
import type { BinaryOp, ComparisonOp, DType, Launch, TypedArray, UnaryOp } from '@rushlight/core/kernel';
import type { Code, Compiled, Op, Statement, Value } from './code.ts';
import { dataOf } from './cpu-buffer.ts';

/** What a running closure sees. One frame serves all launches of its code: they never overlap. */
interface Frame {
  readonly locals: Float64Array;
  readonly arrays: TypedArray[];
  launch: Launch;
}

type Read = (frame: Frame) => number;
type Act = (frame: Frame) => void;

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
function follow(launch: Launch, path: readonly (string | number)[]): number {
  let here: unknown = launch;
  for (const key of path) here = (here as Record<string | number, unknown>)[key];
  return typeof here === 'number' ? here : 0;
}

function readOf(v: Value, code: Code): Read {
  switch (v.kind) {
    case 'number':
      return () => v.value;
    case 'local':
      return (frame) => frame.locals[v.id] as number;
    case 'param':
      return (frame) => follow(frame.launch, v.path);
    case 'load': {
      const at = readOf(v.at, code);
      const { array } = v;
      return code.arrays[array]?.dtype === 'float16'
        ? (frame) => fromFloat16Bits((frame.arrays[array] as TypedArray)[at(frame)] as number)
        : (frame) => (frame.arrays[array] as TypedArray)[at(frame)] as number;
    }
    case 'choose': {
      const [condition, yes, no] = [readOf(v.condition, code), readOf(v.yes, code), readOf(v.no, code)];
      return (frame) => (condition(frame) ? yes(frame) : no(frame));
    }
    case 'apply': {
      const f = meaning(v.op, v.dtype);
      const [x = () => 0, y] = v.args.map((arg) => readOf(arg, code));
      return y ? (frame) => f(x(frame), y(frame)) : (frame) => f(x(frame), 0);
    }
  }
}

function actOf(s: Statement, code: Code): Act {
  switch (s.kind) {
    case 'let':
    case 'set': {
      const value = readOf(s.value, code);
      return (frame) => {
        frame.locals[s.id] = value(frame);
      };
    }
    case 'store': {
      const [at, value] = [readOf(s.at, code), readOf(s.value, code)];
      const half = code.arrays[s.array]?.dtype === 'float16';
      return (frame) => {
        const element = value(frame);
        (frame.arrays[s.array] as TypedArray)[at(frame)] = half ? toFloat16Bits(element) : element;
      };
    }
    case 'for': {
      const [from, to, body] = [readOf(s.from, code), readOf(s.to, code), sequence(s.body, code)];
      return (frame) => {
        const { locals } = frame;
        const end = to(frame);
        for (let i = from(frame); i < end; i += s.step) {
          locals[s.id] = i;
          body(frame);
        }
      };
    }
    case 'if': {
      const [condition, body] = [readOf(s.condition, code), sequence(s.body, code)];
      return (frame) => {
        if (condition(frame)) body(frame);
      };
    }
    case 'fail': {
      const [condition, value, position] = [readOf(s.condition, code), readOf(s.value, code), readOf(s.position, code)];
      return (frame) => {
        if (!condition(frame)) return;
        throw new KernelCheckError(frame.launch, { check: s.check, value: value(frame), position: position(frame) });
      };
    }
  }
}

function sequence(statements: readonly Statement[], code: Code): Act {
  const acts = statements.map((s) => actOf(s, code));
  const [only] = acts;
  if (only && acts.length === 1) return only;
  return (frame) => {
    for (const act of acts) act(frame);
  };
}

export function emitClosures(code: Code): Compiled {
  const body = sequence(code.body, code);
  const locals = new Float64Array(code.locals);
  const scratch = code.arrays.map((a) => hostArray('float64', 'length' in a ? a.length : 0));
  return (launch) => {
    const arrays = code.arrays.map((a, k) => {
      const operand = 'operand' in a ? launch.operands[a.operand] : undefined;
      return operand ? dataOf(operand.buffer) : (scratch[k] as TypedArray);
    });
    body({ locals, arrays, launch });
  };
}
