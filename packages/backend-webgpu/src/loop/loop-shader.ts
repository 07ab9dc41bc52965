// The shader of a loop in the making: it knows the program's operands, scalars and dims, and which of its leaves are the same for a
// whole row. What the kernels of a loop differ in is who walks which row and columns.

import { postorder, type DType, type Expr, type LoopProgram, type Operand } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import { Lowering, type LeafTerm } from '../wgsl/lower-expr.ts';
import { applyCast } from '../wgsl/operations.ts';
import { OperandAccess, valueWord } from '../wgsl/operand-access.ts';
import { Shader, type Binding } from '../wgsl/shader.ts';
import { valueType } from '../wgsl/value-types.ts';
import type { LoopDispatch } from './loop-dispatch.ts';

/** Which operand's binding each operand of the program uses: its own number, but where buffers must be shared. */
export type Sharing = readonly number[];

/** What a kernel computes of the program, which tells what it binds. */
export interface Part {
  readonly exprs: readonly Expr[];
  /** Numbers of the outputs that it stores. */
  readonly outputs: readonly number[];
}

/** The part of a program that is computed for a row or for each element, or both at once. */
export function partOf({ outputs, checks }: LoopProgram, per: 'row' | 'element' | undefined): Part {
  const slots = outputs.flatMap((o, k) => (per === undefined || o.per === per ? [k] : []));
  const checked = checks.filter((c) => per === undefined || c.per === per).flatMap((c) => [c.fails, c.value]);
  return { exprs: [...slots.flatMap((k) => outputs[k]?.expr ?? []), ...checked], outputs: slots };
}

/** The numbers of the operands that a part computes with. */
export function operandsOf(program: LoopProgram, part: Part): number[] {
  const inputs = postorder(part.exprs).flatMap((e) => (e.op === 'input' ? [e.value] : []));
  return [...new Set([...inputs, ...part.outputs.map((k) => operandOfOutput(program, k))])].sort((a, b) => a - b);
}

/** The numbers of the operands that a part binds, in order. */
export function boundOperands(program: LoopProgram, part: Part, sharing: Sharing): number[] {
  return [...new Set(operandsOf(program, part).map((slot) => sharing[slot] ?? slot))];
}

/** The operand that an output is: its own, or the input that it updates. */
function operandOfOutput({ inputs, outputs }: LoopProgram, k: number): number {
  return outputs[k]?.inout ?? inputs.length + k;
}

/** Where leaves are read that are not the same in every kernel. */
export interface Leaves {
  /** The numbers of the row and the column, u32 terms. */
  readonly row: string;
  readonly column: string;
  input(slot: number): string;
  stage(slot: number): string;
  position(slot: number): string;
}

export class LoopShader {
  readonly program: LoopProgram;
  readonly shader: Shader<LoopDispatch>;
  /** Operands by the number of their binding. */
  readonly bound: readonly number[];
  readonly rows: string;
  readonly columns: string;
  private readonly accesses = new Map<number, OperandAccess<LoopDispatch>>();
  private readonly bindings = new Map<number, Binding>();
  private readonly sizes = new Map<number, string>();
  private readonly scalars = new Map<number, string>();
  private readonly sharing: Sharing;

  /** Operands in `vectors` are bound as vectors of four, and loaded and stored so. */
  constructor(
    program: LoopProgram,
    features: Features,
    threads: number,
    part: Part,
    sharing: Sharing,
    vectors: ReadonlySet<number> = new Set(),
  ) {
    const shader = new Shader<LoopDispatch>(features, threads);
    this.program = program;
    this.shader = shader;
    this.sharing = sharing;
    this.bound = boundOperands(program, part, sharing);
    this.rows = shader.word('u32', (d) => d.rows);
    this.columns = shader.word('u32', (d) => d.columns);
    const written = new Set(part.outputs.map((k) => this.bindingOf(operandOfOutput(program, k))));
    for (const slot of this.bound) {
      const { dtype } = this.typeOf(slot);
      const access = written.has(slot) ? 'write' : 'read';
      this.bindings.set(slot, vectors.has(slot) ? vectorBinding(shader, dtype, access) : shader.buffer(dtype, access));
    }
  }

  private bindingOf(slot: number): number {
    return this.sharing[slot] ?? slot;
  }

  typeOf(slot: number): LoopProgram['inputs'][number] {
    const { inputs, outputs } = this.program;
    const type = inputs[slot] ?? outputs[slot - inputs.length];
    if (!type)
      throw new TypeError(`webgpu: a loop's expression holds input ${slot}, which the program does not declare.`);
    return type;
  }

  /** The operand of a number, an input or an output. */
  operand(slot: number): OperandAccess<LoopDispatch> {
    let access = this.accesses.get(slot);
    if (access) return access;
    const binding = this.bindings.get(this.bindingOf(slot));
    if (!binding) throw new TypeError(`webgpu: operand ${slot} of a loop is not bound.`);
    const view = ({ launch }: LoopDispatch): Operand => launch.operands[slot] as Operand;
    this.accesses.set(slot, (access = new OperandAccess(this.shader, this.typeOf(slot), binding, view)));
    return access;
  }

  /** The size of a dim, u32. */
  size(dim: number): string {
    let word = this.sizes.get(dim);
    if (word === undefined)
      this.sizes.set(dim, (word = this.shader.word('u32', ({ launch }) => launch.sizes[dim] ?? 1)));
    return word;
  }

  private scalar(slot: number, { dtype }: Expr): string {
    let word = this.scalars.get(slot);
    if (word === undefined)
      this.scalars.set(slot, (word = valueWord(this.shader, dtype, ({ launch }) => launch.scalars[slot] ?? NaN)));
    return word;
  }

  /** Whether a leaf may have another value at the next column. */
  varies(leaf: Expr): boolean {
    if (leaf.op === 'index') return leaf.value === 1;
    const { rowRank, columnRank } = this.program;
    return leaf.op === 'input' && this.operand(leaf.value).moves(rowRank, rowRank + columnRank);
  }

  lowering(leaves: Leaves, outer?: Lowering<LoopDispatch>): Lowering<LoopDispatch> {
    const leaf: LeafTerm = (e) => {
      switch (e.op) {
        case 'input':
          return leaves.input(e.value);
        case 'scalar':
          return this.scalar(e.value, e);
        case 'index':
          return `i32(${e.value === 0 ? leaves.row : leaves.column})`;
        case 'stage':
          return leaves.stage(e.value);
        case 'position':
          return leaves.position(e.value);
        default:
          throw new TypeError(`webgpu: a loop's expression holds ${e.op} where a leaf must be.`);
      }
    };
    return new Lowering(this.shader, leaf, outer);
  }

  /** Coordinates of dims [from, to) from their row-major number. */
  coordinates(number: string, from: number, to: number): string[] {
    const { shader } = this;
    const at: string[] = [];
    let rest = number;
    for (let d = to - 1; d > from; d--) {
      const quotient = shader.let(`${rest} / ${this.size(d)}`, 'q');
      at.unshift(shader.let(`${rest} - ${quotient} * ${this.size(d)}`, 'at'));
      rest = quotient;
    }
    return to > from ? [rest, ...at] : [];
  }

  /** Makes the checks of a row or of an element. */
  checks(per: 'row' | 'element', lowering: Lowering<LoopDispatch>, row: string, column: string): void {
    const { shader, program, columns } = this;
    const both = program.checks.some((c) => c.per !== per);
    program.checks.forEach((check, k) => {
      if (check.per !== per) return;
      const fails = lowering.value(check.fails);
      const value = { type: valueType(check.value.dtype), text: lowering.value(check.value) };
      const position = per === 'row' ? row : `${row} * ${columns} + ${column}`;
      // A row's own checks come before those of its elements.
      const order = both ? (per === 'row' ? `${row} * (${columns} + 1u)` : `${row} * (${columns} + 1u) + ${column} + 1u`) : position; // prettier-ignore
      shader.push(shader.fail(fails, k, value, position, order));
    });
  }

  /** The values of the outputs as their dtypes hold them, all computed before one can be stored. */
  values(
    outputs: readonly number[],
    lowering: Lowering<LoopDispatch>,
  ): { readonly slot: number; readonly value: string }[] {
    return outputs.map((k) => ({ slot: operandOfOutput(this.program, k), value: this.outputValue(k, lowering) }));
  }

  private outputValue(k: number, lowering: Lowering<LoopDispatch>): string {
    const output = this.program.outputs[k];
    if (!output) throw new TypeError(`webgpu: a loop has no output ${k}.`);
    const value = lowering.value(output.expr);
    const { dtype } = output.expr;
    return dtype === output.dtype ? value : this.shader.let(applyCast(this.shader, dtype, output.dtype, value));
  }
}

/** A buffer of vectors, whose elements are what is stored. */
function vectorBinding(shader: Shader<LoopDispatch>, dtype: DType, access: 'read' | 'write'): Binding {
  const name = shader.vectors(dtype, access);
  return {
    dtype,
    name,
    load: (index) => `${name}[${index}]`,
    store: (index, value) => `if (live) { ${name}[${index}] = ${value}; }`,
  };
}

/** Computes in `outer` what of the expressions is the same for every position of a loop that follows. */
export function hoist(roots: readonly Expr[], varies: (leaf: Expr) => boolean, outer: Lowering<LoopDispatch>): void {
  const varying = new Set<Expr>();
  const kept = (e: Expr): void => {
    if (!varying.has(e) && e.op !== 'constant') outer.value(e);
  };
  for (const e of postorder(roots)) {
    if (e.args.length === 0 ? varies(e) : e.args.some((arg) => varying.has(arg))) {
      varying.add(e);
      e.args.forEach(kept);
    }
  }
  roots.forEach(kept);
}
