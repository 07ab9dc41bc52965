// The functions as they stand, in a module of their own: an array mapped through one, for measuring its errors and its speed.

import { binaryMeaning, unaryMeaning } from '@rushlight/core/kernel';
import { FunctionBuilder, ModuleBuilder, v128, type V128 } from '../assembler/index.ts';
import { Emitter } from '../emitter.ts';
import type { Features } from '../features.ts';
import { binaryMath, unaryMath, type MathBinary, type MathOp, type MathUnary } from './index.ts';

export interface Mapped {
  /** The operands, one after the other, `capacity` each: fill them before `run`. */
  readonly operands: readonly Float32Array[];
  readonly result: Float32Array;
  /** Computes the first `count` results, a multiple of 16. */
  run(count: number): void;
}

const isUnary = (op: MathOp): op is MathUnary => op in unaryMath;

/** What the reference says of an operation, in float64. */
export const meaning = (op: MathOp): ((x: number, y: number) => number) =>
  isUnary(op) ? unaryMeaning[op] : binaryMeaning[op satisfies MathBinary];

export const arity = (op: MathOp): 1 | 2 => (isUnary(op) ? 1 : 2);

/** The operation on arrays of up to `capacity` numbers, a multiple of 16. */
export function mapped(op: MathOp, features: Features, capacity: number): Mapped {
  const bytes = capacity * 4;
  const pages = Math.ceil((3 * bytes) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new ModuleBuilder();
  const fn = module.add(new FunctionBuilder(['i32']), 'run');
  const e = new Emitter(module, fn, features);
  const at = fn.local('i32');
  fn.while(at, fn.param('i32', 0), 64, () => {
    // Stored in pairs after they are computed, since V8 makes no vectors of 256 bits where a store lies between two loads.
    for (const pair of [[0, 16], [32, 48]]) {
      const values = pair.map((offset) => {
        const load = (k: number): V128 => v128.load(at, k * bytes + offset);
        return fn.name(isUnary(op) ? unaryMath[op](e, load(0)) : binaryMath[op](e, load(0), load(1)));
      });
      values.forEach((value, k) => fn.do(v128.store(at, value, 2 * bytes + (pair[k] ?? 0))));
    } // prettier-ignore
  });
  const code = new WebAssembly.Module(module.finish({ shared: false, maximum: pages }));
  const host = { memory, ...unaryMeaning, ...binaryMeaning } as WebAssembly.ModuleImports;
  const run = new WebAssembly.Instance(code, { host }).exports.run as (bytes: number) => void;
  const array = (k: number): Float32Array => new Float32Array(memory.buffer, k * bytes, capacity);
  return {
    operands: isUnary(op) ? [array(0)] : [array(0), array(1)],
    result: array(2),
    run: (count) => run(count * 4),
  };
}
