// Gather: a copy whose source is also moved by what the index operands say. Where no index moves along a dim in which both sides
// are dense, as in fetching rows of a table, whole runs are copied; else elements, one by one.

import type { GatherProgram, Launch, Operand } from '@rushlight/core/kernel';
import { i32, ModuleBuilder } from './assembler/index.ts';
import { copyBytes } from './copy-bytes.ts';
import { eachRun, unitsOf, type RunPlan } from './each-run.ts';
import { Emitter } from './emitter.ts';
import { displaceByIndices, indexedRunner, isWalked, stillDims } from './indexed.ts';
import { LaunchParams } from './launch-params.ts';
import type { Compiled, Runner } from './launch-plans.ts';
import { KernelFunctionBuilder, type Machine } from './machine.ts';
import { laneClass, OperandAccess, type LaneClass } from './operand-access.ts';
import { Scope } from './scope.ts';
import { elementBytes } from './wasm-buffer.ts';

interface GatherVariant {
  readonly plan: RunPlan;
  /** Whether runs along the inner dim are copied as they are. */
  readonly copies: boolean;
  readonly classes: readonly LaneClass[];
}

function compileGather(
  program: GatherProgram,
  { plan, copies, classes }: GatherVariant,
  machine: Machine,
): Compiled<GatherProgram> {
  const { inner } = plan;
  const fn = new KernelFunctionBuilder();
  const params = new LaunchParams<GatherProgram>(fn);
  const module = new ModuleBuilder();
  const e = new Emitter(module, fn, machine.features);
  const [source, ...indices] = program.inputs.map(
    (type, slot) => new OperandAccess(e, params, slot, type, { dim: inner, moves: classes[slot] ?? 's' }),
  ) as [OperandAccess, ...OperandAccess[]];
  const slot = program.inputs.length;
  const out = new OperandAccess(e, params, slot, program.output, { dim: inner, moves: classes[slot] ?? 's' });
  eachRun(fn, params, new Scope(fn, -1), plan, machine, (scope, from, to) => {
    if (copies) {
      displaceByIndices(fn, params, scope, program, indices, source);
      const bytes = i32.const(elementBytes(program.output.dtype));
      const start = fn.name(i32.mul(from, bytes));
      const length = i32.mul(i32.sub(to, from), bytes);
      copyBytes(e, i32.add(out.addressAt(scope), start), i32.add(source.addressAt(scope), start), length);
      return;
    }
    fn.while(from, to, 1, () => {
      const at = inner < 0 ? scope : scope.enter(inner, from);
      displaceByIndices(fn, params, at, program, indices, source);
      out.storeRaw(at, source.loadRaw(at));
    });
  });
  module.add(fn, 'run');
  return { kernel: machine.compile(module), params };
}

/** The longest dim along which rows can be copied, −1 if there is none. */
function copiedDim(launch: Launch<GatherProgram>): number {
  const { sizes, operands } = launch;
  const [source, out] = [operands[0], operands.at(-1)] as [Operand, Operand];
  if (source.guards?.length) return -1;
  return stillDims(launch)
    .filter((d) => isWalked(source, d, 1) && isWalked(out, d, 1))
    .reduce((best, d) => ((sizes[d] ?? 1) > (sizes[best] ?? 1) ? d : best), -1);
}

export function gatherRunner(program: GatherProgram, machine: Machine): Runner<GatherProgram> {
  return indexedRunner(machine, (launch) => {
    const row = copiedDim(launch);
    const copies = row >= 0;
    const plan = { inner: copies ? row : program.rank - 1, own: launch.sizes.map(() => true) };
    const classes = launch.operands.map((operand) => laneClass(operand, plan.inner));
    return {
      key: `${copies} ${plan.inner} ${classes.join('')}`,
      compile: () => compileGather(program, { plan, copies, classes }, machine),
      units: unitsOf(launch, plan, machine),
      work: copies ? 0.15 : 0.8,
    };
  });
}
