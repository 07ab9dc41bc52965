// One runner for each kind of program.

import type { Launch, Operand, Program, ScanProgram } from '@rushlight/core/kernel';
import { convRunner } from './conv.ts';
import { scheduleGather, scheduleScatter } from './indexed.ts';
import type { Machine } from './machine.ts';
import { matmulRunner } from './matmul.ts';
import { type Runner, scheduledRunner } from './run-loop.ts';
import { scheduleScan } from './scan.ts';
import { runSort } from './sort.ts';

const only = (): number => 0;

/** Strips of rows where they are neighbours and the elements to scan are not. */
function scansStrips({ sizes, operands }: Launch<ScanProgram>): number {
  const [row, element] = [sizes.length - 2, sizes.length - 1];
  const { strides = [] } = operands[0] ?? {};
  return Number(row >= 0 && (sizes[row] ?? 0) >= 8 && Math.abs(strides[row] ?? 0) < Math.abs(strides[element] ?? 0));
}

/** What runs the launches of a program: it is made once per program. */
export function makeRunner(program: Program, machine: Machine): (launch: Launch) => void {
  const { emit } = machine;
  switch (program.kind) {
    case 'loop':
      return machine.loop(program) as Runner<Program>;
    case 'matmul':
      return lending(matmulRunner(program, machine), machine);
    case 'conv':
      return lending(convRunner(program, machine), machine);
    case 'gather':
      return unlessEmpty(scheduledRunner(only, () => scheduleGather(program), emit));
    case 'scatter':
      return unlessEmpty(scheduledRunner(only, () => scheduleScatter(program), emit));
    case 'scan': {
      const schedule = (strips: number) => scheduleScan(program, strips === 1);
      return scheduledRunner(scansStrips, schedule, emit) as Runner<Program>;
    }
    case 'sort':
      return lending((launch) => {
        const [source, ...outputs] = launch.operands as [Operand, ...Operand[]];
        runSort({ ...launch, program, operands: [machine.unguarded(source, launch.sizes), ...outputs] });
      }, machine);
  }
}

/** A runner whose borrowed memory ends with the launch. */
function lending<P extends Program>(run: Runner<P>, machine: Machine): Runner<Program> {
  return (launch) => {
    try {
      run(launch as Launch<P>);
    } finally {
      machine.release();
    }
  };
}

/** A runner of code that checks an index before the loops in which it is used. */
function unlessEmpty<P extends Program>(run: Runner<P>): Runner<Program> {
  return (launch) => {
    if (!launch.sizes.includes(0)) run(launch as Launch<P>);
  };
}
