// One runner for each kind of program.

import type { Launch, Program } from '@rushlight/core/kernel';
import { loopRunner, type Runner } from './loop-runner.ts';
import type { Machine } from './machine.ts';

/** What runs the launches of a program: it is made once per program. */
export function makeRunner(program: Program, machine: Machine): (launch: Launch) => void {
  switch (program.kind) {
    case 'loop':
      return loopRunner(program, machine) as Runner<Program>;
    default:
      throw new Error(`wasm: there is no runner for ${program.kind}.`);
  }
}
