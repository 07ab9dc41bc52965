import type { Launch, LoopProgram, Operand, Program } from '@rushlight/core/kernel';
import { chooseInner } from './choose-inner.ts';
import type { Code, Compiled } from './code.ts';
import { scheduleLoop } from './loop.ts';

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

/** A runner that compiles a schedule when it is first needed: there is one for each small number that `choose` gives. */
export function scheduledRunner<P extends Program>(
  choose: (launch: Launch<P>) => number,
  schedule: (choice: number) => Code,
  emit: (code: Code) => Compiled,
): Runner<P> {
  const variants: Compiled[] = [];
  return (launch) => {
    const choice = choose(launch);
    const run = (variants[choice] ??= emit(schedule(choice)));
    run(launch);
  };
}

export function loopRunner(program: LoopProgram, emit: (code: Code) => Compiled): Runner<LoopProgram> {
  const isFlat = program.rowRank + program.columnRank === 1;
  return scheduledRunner(
    // Whole tensors, one loop over all of their elements, are the commonest launches and gain a third from indexing from 0.
    (launch) => (isFlat && launch.operands.every(startsAtZero) ? fromZero : chooseInner(launch)),
    (choice) => scheduleLoop(program, choice === fromZero ? 0 : choice, choice === fromZero),
    emit,
  );
}

/** A choice beyond every dim. */
const fromZero = 32;
const startsAtZero = ({ offset }: Operand): boolean => offset === 0;
