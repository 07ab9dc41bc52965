import { KernelCheckError, postorder, type Launch, type LoopProgram, type Program } from '@rushlight/core/kernel';
import { chooseLane, laneClasses, variantKey } from './choose-lane.ts';
import { compileLoop, type CompiledLoop } from './loop.ts';
import type { Machine } from './machine.ts';

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

/** A runner that compiles a variant when a launch first needs it. */
export function loopRunner(program: LoopProgram, machine: Machine): Runner<LoopProgram> {
  const variants = new Map<string, CompiledLoop>();
  const { rowRank, columnRank } = program;
  const nodes = postorder([...program.stages, ...program.outputs].map(({ expr }) => expr)).length;
  return (launch) => {
    const { sizes } = launch;
    let rows = 1;
    let columns = 1;
    for (let d = 0; d < rowRank; d++) rows *= sizes[d] ?? 1;
    for (let d = rowRank; d < rowRank + columnRank; d++) columns *= sizes[d] ?? 1;
    if (rows === 0) return;
    const lane = chooseLane(launch);
    const variant = { lane, classes: laneClasses(launch, lane) };
    const key = variantKey(variant);
    let compiled = variants.get(key);
    if (!compiled) variants.set(key, (compiled = compileLoop(program, variant, machine)));
    const { kernel, params, block } = compiled;
    params.write(machine, launch);
    // Where vectors run along a dim of rows, a unit is a block of it.
    const along = lane >= 0 && lane < rowRank ? (sizes[lane] ?? 1) : 0;
    const units = along > 0 ? (rows / along) * Math.ceil(along / block) : rows;
    machine.run(kernel, units, (rows * columns * nodes * nanosecondsPerNode) / units);
    if (program.checks.length === 0) return;
    const failure = machine.takeFailure();
    if (failure) throw new KernelCheckError(launch, failure);
  };
}

/** Roughly what an operation on one element takes. */
const nanosecondsPerNode = 0.15;
