// Scatter: elements that meet are combined in row-major order. Threads share only dims along which none can meet, whatever the
// indices say; where one of them is dense and no index moves along it (the columns of an embedding's gradient), vectors run
// along it, and every thread adds all rows to its own columns.

import type { Launch, Operand, ScatterProgram } from '@rushlight/core/kernel';
import { i32, ModuleBuilder, type I32, type Local } from './assembler/index.ts';
import { combined, type Cell } from './cell.ts';
import { copyBytes } from './copy-bytes.ts';
import { eachGroup } from './each-group.ts';
import { eachRun, unitsOf, type RunPlan } from './each-run.ts';
import { Emitter } from './emitter.ts';
import { displaceByIndices, indexedRunner, isWalked, stillDims } from './indexed.ts';
import { LaunchParams } from './launch-params.ts';
import type { Compiled, Runner } from './launch-plans.ts';
import { KernelFunctionBuilder, type Machine } from './machine.ts';
import { laneClass, OperandAccess, type LaneClass } from './operand-access.ts';
import { Scope, type Group } from './scope.ts';
import { stored } from './vector-memory.ts';
import type { Vec } from './vector.ts';
import { elementBytes } from './wasm-buffer.ts';

interface ScatterVariant {
  readonly plan: RunPlan;
  /** What is done along the inner dim: one element at a time, four, or all at once. */
  readonly along: 'elements' | 'vectors' | 'bytes';
  readonly classes: readonly LaneClass[];
}

const reductions = { add: 'sum', mul: 'prod', max: 'max', min: 'min' } as const;
const unroll = 4;

class ScatterEmitter {
  private readonly program: ScatterProgram;
  private readonly variant: ScatterVariant;
  private readonly machine: Machine;
  private readonly fn = new KernelFunctionBuilder();
  private readonly params = new LaunchParams<ScatterProgram>(this.fn);
  private readonly module = new ModuleBuilder();
  private readonly e: Emitter;
  private readonly source: OperandAccess;
  private readonly indices: readonly OperandAccess[];
  private readonly out: OperandAccess;

  constructor(program: ScatterProgram, variant: ScatterVariant, machine: Machine) {
    this.program = program;
    this.variant = variant;
    this.machine = machine;
    this.e = new Emitter(this.module, this.fn, machine.features);
    const dim = variant.plan.inner;
    [this.source, ...this.indices] = program.inputs.map((type, slot) => this.access(slot, type, dim)) as [OperandAccess, ...OperandAccess[]]; // prettier-ignore
    this.out = this.access(program.inputs.length, program.output, dim);
  }

  private access(slot: number, type: OperandAccess['type'], dim: number): OperandAccess {
    return new OperandAccess(this.e, this.params, slot, type, { dim, moves: this.variant.classes[slot] ?? 's' });
  }

  run(): Compiled<ScatterProgram> {
    const { fn, params, machine } = this;
    const { plan, along } = this.variant;
    const root = new Scope(fn, along === 'vectors' ? plan.inner : -1);
    const write = { elements: this.elements, vectors: this.vectors, bytes: this.bytes }[along].bind(this);
    eachRun(fn, params, root, plan, machine, write);
    this.module.add(fn, 'run');
    return { kernel: machine.compile(this.module), params };
  }

  private displace(scope: Scope): void {
    displaceByIndices(this.fn, this.params, scope, this.program, this.indices, this.out);
  }

  private elements(scope: Scope, from: Local<'i32'>, to: I32): void {
    const { inner } = this.variant.plan;
    this.fn.while(from, to, 1, () => {
      const at = inner < 0 ? scope : scope.enter(inner, from);
      this.displace(at);
      if (this.program.reduce === 'set') this.out.storeRaw(at, this.source.loadRaw(at));
      else this.combine(at, [undefined]);
    });
  }

  private vectors(scope: Scope, from: Local<'i32'>, to: I32): void {
    this.displace(scope);
    eachGroup(this.fn, scope, from, to, unroll, (at, groups) => this.combine(at, groups));
  }

  private bytes(scope: Scope, from: Local<'i32'>, to: I32): void {
    const { fn, out, source } = this;
    this.displace(scope);
    const bytes = i32.const(elementBytes(out.type.dtype));
    const start = fn.name(i32.mul(from, bytes));
    const length = i32.mul(i32.sub(to, from), bytes);
    copyBytes(this.e, i32.add(out.addressAt(scope), start), i32.add(source.addressAt(scope), start), length);
  }

  private combine(scope: Scope, groups: readonly (Group | undefined)[]): void {
    const { e, source, out, program } = this;
    const { dtype } = out.type;
    const { reduce } = program;
    const cell = (total: Vec): Cell => ({ total, position: undefined });
    const results = groups.map((group) => {
      const value = source.load(scope, group);
      if (reduce === 'set') return value;
      return combined(e, reductions[reduce], dtype, cell(out.load(scope, group)), cell(value)).total;
    });
    results.forEach((result, k) => out.store(scope, groups[k], stored(e, dtype, result)));
  }
}

/** By dim, whether elements apart along it never meet: every address is reached by one choice of coordinates and indices. */
function ownDims({ sizes, operands, indexed = [] }: Launch<ScatterProgram>): boolean[] {
  const { strides } = operands.at(-1) as Operand;
  let reach = 0;
  const isNested = [...sizes.map((size, d) => ({ size, stride: strides[d] ?? 0 })), ...indexed]
    .flatMap(({ size, stride }) => (size > 1 && stride !== 0 ? { size, stride: Math.abs(stride) } : []))
    .sort((x, y) => x.stride - y.stride)
    .every(({ size, stride }) => {
      const fits = stride > reach;
      reach += (size - 1) * stride;
      return fits;
    });
  return sizes.map((size, d) => isNested && (size === 1 || strides[d] !== 0));
}

function chooseVariant(launch: Launch<ScatterProgram>): ScatterVariant {
  const { program, operands, sizes } = launch;
  const [source, out] = [operands[0], operands.at(-1)] as [Operand, Operand];
  const own = ownDims(launch);
  const dense = stillDims(launch).find((d) => own[d] && isWalked(out, d, 1) && (sizes[d] ?? 1) >= 4) ?? -1;
  const inner = dense < 0 ? program.rank - 1 : dense;
  const isCopy = program.reduce === 'set' && !source.guards?.length && isWalked(source, dense, 1);
  return {
    plan: { inner, own },
    along: dense < 0 ? 'elements' : isCopy ? 'bytes' : 'vectors',
    classes: operands.map((operand) => laneClass(operand, inner)),
  };
}

export function scatterRunner(program: ScatterProgram, machine: Machine): Runner<ScatterProgram> {
  return indexedRunner(machine, (launch) => {
    const variant = chooseVariant(launch);
    const { plan, along, classes } = variant;
    return {
      key: `${along} ${plan.inner} ${plan.own.map(Number).join('')} ${classes.join('')}`,
      compile: () => new ScatterEmitter(program, variant, machine).run(),
      units: unitsOf(launch, plan, machine),
      work: along === 'elements' ? 0.8 : 0.15,
    };
  });
}
