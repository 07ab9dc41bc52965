import {
  KernelCheckError,
  postorder,
  type ExprOp,
  type Launch,
  type LoopProgram,
  type Program,
} from '@rushlight/core/kernel';
import { chooseLane, variantKey } from './choose-lane.ts';
import { compileLoop, type CompiledLoop } from './loop.ts';
import type { Machine } from './machine.ts';
import { cost } from './math/index.ts';
import { laneClass } from './operand-access.ts';
import { PlanCache } from './plan-cache.ts';

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

/** What follows from the geometry of a launch. */
interface LoopPlan {
  readonly compiled: CompiledLoop;
  readonly words: Int32Array;
  readonly units: number;
  /** Nanoseconds of a unit, roughly. */
  readonly work: number;
}

/** A runner that compiles a variant when a launch first needs it. */
export function loopRunner(program: LoopProgram, machine: Machine): Runner<LoopProgram> {
  const variants = new Map<string, CompiledLoop>();
  const plans = new PlanCache<LoopPlan | undefined>();
  const hasChecks = program.checks.length > 0;
  return (launch) => {
    const { sizes, operands } = launch;
    const plan = plans.get(sizes, operands, undefined, () => makePlan(launch, variants, machine));
    if (!plan) return;
    const { kernel, params } = plan.compiled;
    params.write(machine, launch, plan.words);
    machine.run(kernel, plan.units, plan.work);
    if (!hasChecks) return;
    const failure = machine.takeFailure();
    if (failure) throw new KernelCheckError(launch, failure);
  };
}

/** The plan of a launch; undefined where there is nothing to do. */
function makePlan(
  launch: Launch<LoopProgram>,
  variants: Map<string, CompiledLoop>,
  machine: Machine,
): LoopPlan | undefined {
  const { program, sizes } = launch;
  const { rowRank, columnRank } = program;
  const rows = sizes.slice(0, rowRank).reduce((x, y) => x * y, 1);
  const columns = sizes.slice(rowRank, rowRank + columnRank).reduce((x, y) => x * y, 1);
  if (rows === 0) return undefined;
  const lane = chooseLane(launch);
  const variant = { lane, classes: launch.operands.map((operand) => laneClass(operand, lane)) };
  const key = variantKey(variant);
  let compiled = variants.get(key);
  if (!compiled) variants.set(key, (compiled = compileLoop(program, variant, machine)));
  // Where vectors run along a dim of rows, a unit is a block of it.
  const along = lane >= 0 && lane < rowRank ? (sizes[lane] ?? 1) : 0;
  const units = along > 0 ? (rows / along) * Math.ceil(along / compiled.block) : rows;
  const nodes = postorder([...program.stages, ...program.outputs].map(({ expr }) => expr));
  const each = nodes.reduce((sum, { op }) => sum + (costs[op] ?? ofAnInstruction), 0);
  const work = (rows * columns * each) / units;
  return { compiled, words: compiled.params.geometry(launch), units, work };
}

const costs: Partial<Readonly<Record<ExprOp, number>>> = cost;
/** Roughly the nanoseconds that any other operation takes on one element. */
const ofAnInstruction = 0.15;
