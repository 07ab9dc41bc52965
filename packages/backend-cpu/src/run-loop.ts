import type { Launch, LoopProgram, Operand, Program } from '@rushlight/core/kernel';
import { chooseInner } from './choose-inner.ts';
import type { Code, Compiled } from './code.ts';
import { scheduleLoop } from './loop.ts';
import { type GuardShape, guardShapes } from './operand-access.ts';

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

export type Shapes = readonly (readonly GuardShape[])[];

/**
 * A runner that compiles a schedule when it is first needed: there is one for each small number that `choose` gives
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
    const run = (variants[choice] ??= emit(schedule(choice, [])));
    run(launch);
  };
}

export function loopRunner(program: LoopProgram, emit: (code: Code) => Compiled): Runner<LoopProgram> {
  const guarded = program.inputs.some((operand) => operand.guards > 0);
  const isFlat = program.rowRank + program.columnRank === 1;
  return scheduledRunner(
    guarded,
    // Whole tensors, one loop over all of their elements, are the commonest launches and gain a third from indexing from 0.
    (launch) => (isFlat && launch.operands.every(startsAtZero) ? fromZero : chooseInner(launch)),
    (choice, shapes) => scheduleLoop(program, choice === fromZero ? 0 : choice, shapes, choice === fromZero),
    emit,
  );
}

/** A choice beyond every dim. */
const fromZero = 32;
const startsAtZero = ({ offset }: Operand): boolean => offset === 0;
