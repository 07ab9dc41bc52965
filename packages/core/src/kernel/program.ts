// What a backend compiles: the structure of a kernel, its dtypes, and how its operands are walked. Sizes, strides,
// numbers and buffers come with the launch.

import type { DType } from './dtype.ts';
import type { Expr } from './expr.ts';
import { serialise } from './rewrite.ts';
import type { Guard } from './view.ts';

/** How an operand moves along one dim: not at all, to the neighbouring element, or by a number the launch gives. */
export type StrideClass = '0' | '1' | 's';

export interface OperandType {
  readonly dtype: DType;
  /**
   * One letter per dim of the iteration space. Only the innermost dim of a group is ever '1'. Groups are a loop's rows and
   * its columns; a matmul's batch dims, m, n and k; all dims of any other kind. A dim of size 1 may have any stride.
   */
  readonly strides: string;
  /**
   * Per guard of its view one letter per dim, 's' where the coordinate moves and '0' where not, and then '/' if its step
   * is not 1: a guard without is a test and one more stride. Outputs have none.
   */
  readonly guards: readonly string[];
}

/** The letter for each stride: only the innermost dim of a group may be told to be dense. */
export function strideClasses(strides: readonly number[], groups: readonly number[]): string {
  let classes = '';
  let end = 0;
  for (const count of groups) {
    end += count;
    for (let d = end - count; d < end; d++)
      classes += strides[d] === 0 ? '0' : strides[d] === 1 && d === end - 1 ? '1' : 's';
  }
  return classes;
}

/** The letters for each guard. */
export function guardClasses(guards: readonly Guard[] = []): string[] {
  return guards.map(
    ({ coefficients, step }) => coefficients.map((c) => (c === 0 ? '0' : 's')).join('') + (step === 1 ? '' : '/'),
  );
}

/** Reductions. `any` and `all` are max and min of bool. The arg forms carry the value and its column; first wins, NaN wins. */
export type Reduction = 'sum' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin';

export interface Stage {
  readonly reduce: Reduction;
  /** What is reduced over the columns; may use earlier stages. Its dtype is the result's and the accumulator's. */
  readonly expr: Expr;
}

export interface LoopOutput extends OperandType {
  /** Once per row (it may not read columns) or for every element. */
  readonly per: 'row' | 'element';
  readonly expr: Expr;
  /** The input that this output updates: same buffer, same view. */
  readonly inout?: number;
}

/**
 * A condition on data: where `fails` is true, the launch fails with `value` and the row-major position, the first there
 * is. What its outputs then hold is undefined.
 */
export interface Check {
  /** Row checks are made before a row's elements, element checks before the element is stored. */
  readonly per: 'row' | 'element';
  readonly fails: Expr;
  readonly value: Expr;
}

/**
 * The fused kernel. Dims are the rows' then the columns'; for every row the stages reduce over the columns, in order,
 * and the outputs are written. Reductions over no elements give their identity: sum 0, prod 1, max −∞ or the smallest
 * value of the dtype, min the opposite; the position −1.
 * All outputs of an element are computed before one is stored, and per-row outputs are stored after the row's elements.
 * Operands of a launch: inputs, then outputs. An `inout` output is given as the operand of the input it updates.
 */
export interface LoopProgram {
  readonly kind: 'loop';
  readonly key: string;
  readonly rowRank: number;
  readonly columnRank: number;
  readonly inputs: readonly OperandType[];
  readonly scalars: readonly DType[];
  readonly stages: readonly Stage[];
  readonly outputs: readonly LoopOutput[];
  readonly checks: readonly Check[];
}

/**
 * out[…, m, n] = epilogue(Σ_k a[…, m, k] · b[…, k, n]). Dims are […batch, m, n, k]; a does not move along n, b not along m,
 * extras and out not along k. In the epilogue `input(0)` is the sum and `input(1 + i)` extra i; the identity is `input(0)`.
 * Operands: a, b, …extras, out.
 */
export interface MatmulProgram {
  readonly kind: 'matmul';
  readonly key: string;
  readonly batchRank: number;
  readonly inputs: readonly [a: OperandType, b: OperandType, ...extras: OperandType[]];
  readonly scalars: readonly DType[];
  readonly epilogue: Expr;
  readonly output: OperandType;
}

/**
 * The trilinear form Σ x[n,g,ci,i] · w[g,co,ci,k] · y[n,g,co,o] over i = o·stride + k·dilation − padding, seen from one
 * of its three sides: `forward` computes y, `inputGradient` x, `weightGradient` w, each from the other two.
 * Dims of x: [n, g, ci, …i]; of w: [g, co, ci, …k]; of y: [n, g, co, …o], one to three spatial dims each.
 * Launch sizes: [n, g, ci, co, …i, …k, …o]; geometry: stride, padding (low side), dilation per spatial dim. What
 * `forward` reads outside of x is 0. Operands: the two inputs in the order x, w, y, then …extras, then the output; the
 * epilogue as in matmul, its extras walked with the dims of the output.
 */
export interface ConvProgram {
  readonly kind: 'conv';
  readonly key: string;
  readonly direction: 'forward' | 'inputGradient' | 'weightGradient';
  readonly spatial: number;
  readonly inputs: readonly [OperandType, OperandType, ...extras: OperandType[]];
  readonly scalars: readonly DType[];
  readonly epilogue: Expr;
  readonly output: OperandType;
}

/**
 * out[i] = source[i, index_0[i], index_1[i], …]: the source is walked by its strides over the iteration space (0 along
 * dims that an index replaces) plus index_k · stride_k of the launch. An index outside 0 … size_k − 1 fails the launch
 * (check k); with `wrap`, −size_k … −1 count from the end. Operands: source, …indices (int32), out.
 */
export interface GatherProgram {
  readonly kind: 'gather';
  readonly key: string;
  readonly rank: number;
  readonly wrap: boolean;
  readonly inputs: readonly [source: OperandType, ...indices: OperandType[]];
  readonly output: OperandType;
}

/**
 * out[i, index_0[i], …] ∘= source[i], in row-major order of i: the mirror image of gather. `set` keeps the last value.
 * Operands: source, …indices (int32), out (inout).
 */
export interface ScatterProgram {
  readonly kind: 'scatter';
  readonly key: string;
  readonly rank: number;
  readonly wrap: boolean;
  readonly reduce: 'set' | 'add' | 'mul' | 'max' | 'min';
  readonly inputs: readonly [source: OperandType, ...indices: OperandType[]];
  readonly output: OperandType;
}

/**
 * Running reductions along the last dim. Operands: input, out, and for max and min the position of the value (int32): of
 * equals, and of NaN, the last.
 */
export interface ScanProgram {
  readonly kind: 'scan';
  readonly key: string;
  readonly rank: number;
  readonly reduce: 'sum' | 'prod' | 'max' | 'min';
  readonly input: OperandType;
  readonly outputs: readonly OperandType[];
}

/** Stable sort along the last dim; NaN is larger than every number. Operands: input, values, positions (int32). */
export interface SortProgram {
  readonly kind: 'sort';
  readonly key: string;
  readonly rank: number;
  readonly descending: boolean;
  readonly input: OperandType;
  readonly outputs: readonly [values: OperandType, positions: OperandType];
}

export type Program =
  | LoopProgram
  | MatmulProgram
  | ConvProgram
  | GatherProgram
  | ScatterProgram
  | ScanProgram
  | SortProgram;

type WithoutKey<P> = P extends Program ? Omit<P, 'key'> : never;

const interned = new Map<string, WeakRef<Program>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (interned.get(key)?.deref() === undefined) interned.delete(key);
});

const operandKey = (o: OperandType): string => `${o.dtype}${o.strides}${o.guards.map((guard) => `?${guard}`).join('')}`;

/**
 * The one program of this structure: equal programs are the same object, so a backend may keep what it compiled in a
 * WeakMap, and `key` is equal in every process. Whoever runs a program often holds it: once collected, it is compiled anew.
 */
export function program<P extends Program>(structure: WithoutKey<P>): P {
  const key = structuralKey(structure as WithoutKey<Program>);
  const known = interned.get(key)?.deref();
  if (known) return known as P;
  const made = { ...structure, key } as unknown as P;
  interned.set(key, new WeakRef<Program>(made));
  forget.register(made, key);
  return made;
}

function structuralKey(p: WithoutKey<Program>): string {
  switch (p.kind) {
    case 'loop': {
      const exprs = [
        ...p.stages.map((s) => s.expr),
        ...p.outputs.map((o) => o.expr),
        ...p.checks.flatMap((c) => [c.fails, c.value]),
      ];
      const outputs = p.outputs.map((o) => `${operandKey(o)}/${o.per}${o.inout ?? ''}`);
      const stages = p.stages.map((s) => s.reduce);
      const checks = p.checks.map((c) => c.per);
      return `loop ${p.rowRank}x${p.columnRank} ${p.inputs.map(operandKey)} [${p.scalars}] {${stages}} -> ${outputs} ?${checks} ${serialise(exprs)}`;
    }
    case 'matmul':
      return `matmul ${p.batchRank} ${p.inputs.map(operandKey)} [${p.scalars}] -> ${operandKey(p.output)} ${serialise([p.epilogue])}`;
    case 'conv':
      return `conv ${p.direction} ${p.spatial} ${p.inputs.map(operandKey)} [${p.scalars}] -> ${operandKey(p.output)} ${serialise([p.epilogue])}`;
    case 'gather':
      return `gather ${p.rank} ${p.wrap} ${p.inputs.map(operandKey)} -> ${operandKey(p.output)}`;
    case 'scatter':
      return `scatter ${p.reduce} ${p.rank} ${p.wrap} ${p.inputs.map(operandKey)} -> ${operandKey(p.output)}`;
    case 'scan':
      return `scan ${p.reduce} ${p.rank} ${operandKey(p.input)} -> ${p.outputs.map(operandKey)}`;
    case 'sort':
      return `sort ${p.descending} ${p.rank} ${operandKey(p.input)} -> ${p.outputs.map(operandKey)}`;
  }
}
