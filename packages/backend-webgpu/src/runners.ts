// One runner for each kind of program.

import type { Launch, Program } from '@rushlight/core/kernel';
import { gatherRunner } from './indexed/gather-runner.ts';
import { scatterRunner } from './indexed/scatter-runner.ts';
import { loopRunner } from './loop/loop-runner.ts';
import type { Machine } from './machine.ts';
import { scanRunner } from './ordered/scan-runner.ts';
import { sortRunner } from './ordered/sort-runner.ts';
import { convRunner } from './product/conv.ts';
import { matmulRunner } from './product/matmul.ts';

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

/** What runs the launches of a program: it is made once per program. */
export function makeRunner(program: Program, machine: Machine): Runner<Program> {
  switch (program.kind) {
    case 'loop':
      return loopRunner(program, machine) as Runner<Program>;
    case 'gather':
      return gatherRunner(program, machine) as Runner<Program>;
    case 'scatter':
      return scatterRunner(program, machine) as Runner<Program>;
    case 'matmul':
      return matmulRunner(program, machine) as Runner<Program>;
    case 'conv':
      return convRunner(program, machine) as Runner<Program>;
    case 'scan':
      return scanRunner(program, machine) as Runner<Program>;
    case 'sort':
      return sortRunner(program, machine) as Runner<Program>;
  }
}
