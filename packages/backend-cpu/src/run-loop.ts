import type { Launch, LoopProgram, Program } from '@rushlight/core/kernel';
import { chooseInner } from './choose-inner.ts';
import type { Code, Compiled } from './code.ts';
import { scheduleLoop } from './loop.ts';
import { type GuardShape, guardShapes } from './operand-access.ts';

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

export type Shapes = readonly (readonly GuardShape[])[];

/**
 * A runner that compiles a schedule when it is first needed: there is one for each number that `choose` gives (−1 and up)
 * and for each shape of the guards, which follows from how the program is made. That is a handful at most.
 */
export function scheduledRunner<P extends Program>(
  guarded: boolean,
  choose: (launch: Launch<P>) => number,
  schedule: (choice: number, shapes: Shapes) => Code,
  emit: (code: Code) => Compiled,
): Runner<P> {
  if (guarded) {
    const variants = new Map<string, Compiled>();
    return (launch) => {
      const choice = choose(launch);
      const shapes = launch.operands.map(guardShapes);
      const key = `${choice} ${shapes.map((shape) => shape.join()).join(' ')}`;
      let run = variants.get(key);
      if (!run) variants.set(key, (run = emit(schedule(choice, shapes))));
      run(launch);
    };
  }
  const variants: Compiled[] = [];
  return (launch) => {
    const choice = choose(launch);
    const run = (variants[choice + 1] ??= emit(schedule(choice, [])));
    run(launch);
  };
}

export function loopRunner(program: LoopProgram, emit: (code: Code) => Compiled): Runner<LoopProgram> {
  const guarded = program.inputs.some((operand) => operand.guards > 0);
  return scheduledRunner(guarded, chooseInner, (inner, shapes) => scheduleLoop(program, inner, shapes), emit);
}
