// One runner for each kind of program.

import type { Launch, Program } from '@rushlight/core/kernel';
import { gatherRunner } from './gather.ts';
import type { Runner } from './launch-plans.ts';
import { loopRunner } from './loop-runner.ts';
import type { Machine } from './machine.ts';
import { convRunner } from './product/conv.ts';
import { matmulRunner } from './product/matmul.ts';
import { scanRunner } from './scan.ts';
import { scatterRunner } from './scatter.ts';
import { sortRunner } from './sort.ts';

/** What runs the launches of a program: it is made once per program. */
export function makeRunner(program: Program, machine: Machine): (launch: Launch) => void {
  switch (program.kind) {
    case 'loop':
      return loopRunner(program, machine) as Runner<Program>;
    case 'gather':
      return gatherRunner(program, machine) as Runner<Program>;
    case 'scatter':
      return scatterRunner(program, machine) as Runner<Program>;
    case 'conv':
      return convRunner(program, machine) as Runner<Program>;
    case 'matmul':
      return matmulRunner(program, machine) as Runner<Program>;
    case 'scan':
      return scanRunner(program, machine) as Runner<Program>;
    case 'sort':
      return sortRunner(program, machine) as Runner<Program>;
  }
}
