import { KernelCheckError, postorder, type ExprOp, type Launch, type LoopProgram } from '@rushlight/core/kernel';
import { chooseLane, variantKey } from './choose-lane.ts';
import { LaunchPlans, runPlanned, type Runner } from './launch-plans.ts';
import { blockAlong, compileLoop } from './loop.ts';
import type { Machine } from './machine.ts';
import { cost } from './math/index.ts';
import { laneClass } from './operand-access.ts';

/** A runner that compiles a variant when a launch first needs it. */
export function loopRunner(program: LoopProgram, machine: Machine): Runner<LoopProgram> {
  const { rowRank, stages, outputs, checks } = program;
  const nodes = postorder([...stages, ...outputs].map(({ expr }) => expr));
  const work = nodes.reduce((sum, { op }) => sum + (costs[op] ?? ofAnInstruction), 0);
  // A row without columns has outputs all the same.
  const isEmpty = ({ sizes }: Launch): boolean => sizes.slice(0, rowRank).includes(0);
  const plans = new LaunchPlans<LoopProgram>((launch) => {
    const { sizes, operands } = launch;
    const lane = chooseLane(launch);
    const variant = { lane, classes: operands.map((operand) => laneClass(operand, lane)) };
    const rows = sizes.slice(0, rowRank).reduce((x, y) => x * y, 1);
    // Where vectors run along a dim of rows, a unit is a block of it.
    const along = lane >= 0 && lane < rowRank ? (sizes[lane] ?? 1) : 0;
    const units = along > 0 ? (rows / along) * Math.ceil(along / blockAlong(program)) : rows;
    return { key: variantKey(variant), compile: () => compileLoop(program, variant, machine), units, work };
  }, isEmpty);
  return (launch) => {
    const plan = plans.get(launch);
    if (!plan) return;
    runPlanned(machine, launch, plan);
    const failure = checks.length > 0 ? machine.takeFailure() : undefined;
    if (failure) throw new KernelCheckError(launch, failure);
  };
}

const costs: Partial<Readonly<Record<ExprOp, number>>> = cost;
/** Roughly the nanoseconds that any other operation takes on one element. */
const ofAnInstruction = 0.15;
