// Running reductions along the last dim. Four rows go side by side, each in a lane of its own, wherever there are as many: one
// row is a chain in which every element waits for the one before.

import { isFloat, type Launch, type Operand, type ScanProgram } from '@rushlight/core/kernel';
import { i32x4, ModuleBuilder, v128, type Local } from './assembler/index.ts';
import { accumulatorOf, combined, newCell, setCell, type Cell } from './cell.ts';
import { eachGroup } from './each-group.ts';
import { eachRun, sizeParam, unitsOf, type RunPlan } from './each-run.ts';
import { Emitter } from './emitter.ts';
import { LaunchParams } from './launch-params.ts';
import { LaunchPlans, runPlanned, type Compiled, type Runner } from './launch-plans.ts';
import { KernelFunctionBuilder, type Machine } from './machine.ts';
import { laneClass, effectiveStride, OperandAccess, type LaneClass } from './operand-access.ts';
import { Scope, type Group } from './scope.ts';
import { castVec } from './vector-cast.ts';
import { stored } from './vector-memory.ts';
import { applyComparison } from './vector-ops.ts';
import type { Vec } from './vector.ts';

interface ScanVariant {
  /** Its inner dim, the lane, is a dim of rows, or −1 where rows go one by one. */
  readonly plan: RunPlan;
  readonly classes: readonly LaneClass[];
}

function compileScan(program: ScanProgram, { plan, classes }: ScanVariant, machine: Machine): Compiled<ScanProgram> {
  const lane = plan.inner;
  const fn = new KernelFunctionBuilder();
  const params = new LaunchParams<ScanProgram>(fn);
  const module = new ModuleBuilder();
  const e = new Emitter(module, fn, machine.features);
  const { reduce, rank } = program;
  const { dtype } = program.input;
  const kept = accumulatorOf(reduce, dtype);
  const [source, out, positions] = [program.input, ...program.outputs].map(
    (type, slot) => new OperandAccess(e, params, slot, type, { dim: lane, moves: classes[slot] ?? 's' }),
  ) as [OperandAccess, OperandAccess, OperandAccess?];

  /** Of equals, and of NaN, the last wins. */
  const wins = (value: Vec, total: Vec): Local<'v128'> => {
    const [better] = applyComparison(e, reduce === 'max' ? 'ge' : 'le', dtype, value, total) as [Local<'v128'>];
    if (!isFloat(dtype)) return better;
    const [isNaN] = applyComparison(e, 'ne', dtype, value, value) as [Local<'v128'>];
    return fn.name(v128.or(better, isNaN));
  };

  const step = (scope: Scope, group: Group | undefined, k: Local<'i32'>, cell: Cell, found: Local<'v128'>): void => {
    const value = source.load(scope, group);
    if (positions) {
      fn.set(found, v128.bitselect(i32x4.splat(k), found, wins(value, cell.total)));
      positions.store(scope, group, stored(e, 'int32', [found]));
    }
    const added = { total: castVec(e, dtype === 'float16' ? 'float32' : dtype, kept, value), position: undefined };
    setCell(e, cell, combined(e, reduce, kept, cell, added));
    const to = out.type.dtype;
    // float16 is rounded as it is stored.
    out.store(scope, group, stored(e, to, castVec(e, kept, to === 'float16' ? 'float32' : to, cell.total)));
  };

  const rows = (scope: Scope, groups: readonly (Group | undefined)[]): void => {
    const cells = groups.map((group) => ({ group, cell: newCell(e, reduce, kept), found: fn.name(e.i32(0)) }));
    fn.for(sizeParam(params, rank - 1), (k) => {
      const at = scope.enter(rank - 1, k);
      for (const { group, cell, found } of cells) step(at, group, k, cell, found);
    });
  };

  eachRun(fn, params, new Scope(fn, lane), plan, machine, (scope, from, to) => {
    if (lane < 0) rows(scope, [undefined]);
    else eachGroup(fn, scope, from, to, classes[0] === '1' ? 4 : 2, rows);
  });
  module.add(fn, 'run');
  return { kernel: machine.compile(module), params };
}

/** The dim of rows to go side by side: neighbours if there are any, else the longest. */
function chooseLane({ sizes, operands }: Launch<ScanProgram>): number {
  const [source, out] = operands as [Operand, Operand];
  const dims = sizes.slice(0, -1).flatMap((size, d) => (size >= 4 ? [d] : []));
  const dense = dims.find((d) => effectiveStride(source, d) === 1 && effectiveStride(out, d) === 1);
  return dense ?? dims.reduce((best, d) => ((sizes[d] ?? 1) > (sizes[best] ?? 1) ? d : best), -1);
}

export function scanRunner(program: ScanProgram, machine: Machine): Runner<ScanProgram> {
  const plans = new LaunchPlans<ScanProgram>((launch) => {
    const { sizes, operands } = launch;
    const plan = { inner: chooseLane(launch), own: sizes.slice(0, -1).map(() => true) };
    const classes = operands.map((operand) => laneClass(operand, plan.inner));
    return {
      key: `${plan.inner} ${classes.join('')}`,
      compile: () => compileScan(program, { plan, classes }, machine),
      units: unitsOf(launch, plan, machine),
      work: 0.5,
    };
  });
  return (launch) => {
    const plan = plans.get(launch);
    if (plan) runPlanned(machine, launch, plan);
  };
}
