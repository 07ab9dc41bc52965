// Stable sort of rows along the last dim. A descending sort is an ascending one of keys with all bits flipped, so that equal
// values keep their order and NaN comes first.

import { OutOfMemoryError, type Launch, type SortProgram } from '@rushlight/core/kernel';
import { call, i32, ModuleBuilder, type Local } from './assembler/index.ts';
import { eachGroup } from './each-group.ts';
import { sizeParam } from './each-run.ts';
import { Emitter } from './emitter.ts';
import { LaunchParams } from './launch-params.ts';
import { LaunchPlans, runPlanned, type Compiled, type Runner } from './launch-plans.ts';
import { KernelFunctionBuilder, type Machine } from './machine.ts';
import { laneClass, OperandAccess, type LaneClass } from './operand-access.ts';
import { countBytes, radixSort } from './radix-sort.ts';
import { Scope } from './scope.ts';
import { loadRecords, recordLayout, storeRecords } from './sort-records.ts';
import { eachUnit } from './units.ts';
import { stored } from './vector-memory.ts';

/**
 * Where scratch memory lies: two rows of records, which end with room for a vector more, and counts; for each thread or, where that
 * is less, for each row.
 */
interface Scratch {
  base: number;
  readonly rowBytes: (length: number) => number;
  readonly bytes: (length: number) => number;
}

const lengthOf = ({ sizes }: Launch): number => sizes.at(-1) ?? 0;
const rowsOf = ({ sizes }: Launch): number => sizes.slice(0, -1).reduce((x, y) => x * y, 1);

function scratchOf({ input }: SortProgram): Scratch {
  const layout = recordLayout(input.dtype);
  const rowBytes = (length: number): number => (Math.ceil(length / 4) + 1) * 4 * layout.bytes;
  const bytes = (length: number): number => Math.ceil((2 * rowBytes(length) + countBytes(layout)) / 64) * 64;
  return { base: 0, rowBytes, bytes };
}

function compileSort(
  program: SortProgram,
  classes: readonly LaneClass[],
  scratch: Scratch,
  machine: Machine,
): Compiled<SortProgram> {
  const fn = new KernelFunctionBuilder();
  const params = new LaunchParams<SortProgram>(fn);
  const module = new ModuleBuilder();
  const e = new Emitter(module, fn, machine.features);
  const { rank, descending } = program;
  const { dtype } = program.input;
  const layout = recordLayout(dtype);
  const lane = rank - 1;
  const [source, values, positions] = [program.input, ...program.outputs].map(
    (type, slot) => new OperandAccess(e, params, slot, type, { dim: lane, moves: classes[slot] ?? 's' }),
  ) as [OperandAccess, OperandAccess, OperandAccess];

  const forThread = params.i32('of a thread', (launch) =>
    rowsOf(launch) > machine.width ? scratch.bytes(lengthOf(launch)) : 0,
  );
  const forRow = params.i32('of a row', (launch) =>
    rowsOf(launch) > machine.width ? 0 : scratch.bytes(lengthOf(launch)),
  );
  const rowBytes = params.i32('row bytes', (launch) => scratch.rowBytes(lengthOf(launch)));
  // Not of the geometry: it is another one for each launch.
  const base = i32.truncSatF64S(params.f64('scratch', () => scratch.base | 0));
  const own = i32.add(i32.mul(fn.threadNumber, forThread), i32.mul(fn.from, forRow));
  const records = fn.name(i32.add(base, own));
  const spare = fn.name(i32.add(records, rowBytes));
  const counts = fn.name(i32.add(spare, rowBytes));
  const length = sizeParam(params, lane);
  const at = (start: Local<'i32'>, k: Local<'i32'>) => fn.name(i32.add(start, i32.mul(k, i32.const(layout.bytes))));

  const rows = Array.from({ length: lane }, (_, dim) => ({ dim, size: sizeParam(params, dim) }));
  eachUnit(fn, new Scope(fn, lane), rows, (scope) => {
    const written = fn.name(i32.const(0));
    eachGroup(fn, scope, written, length, 1, (inner, [group]) =>
      storeRecords(e, dtype, descending, at(records, written), source.load(inner, group), written),
    );
    const sort = e.shared('radix sort', () => radixSort(layout));
    const sorted = fn.name(call('i32', sort, records, spare, counts, length));
    const read = fn.name(i32.const(0));
    eachGroup(fn, scope, read, length, 1, (inner, [group]) => {
      const four = loadRecords(e, dtype, descending, at(sorted, read));
      values.store(inner, group, stored(e, dtype, four.values));
      positions.store(inner, group, stored(e, 'int32', four.positions));
    });
  });
  module.add(fn, 'run');
  return { kernel: machine.compile(module), params };
}

export function sortRunner(program: SortProgram, machine: Machine): Runner<SortProgram> {
  const scratch = scratchOf(program);
  const plans = new LaunchPlans<SortProgram>((launch) => {
    const classes = launch.operands.map((operand) => laneClass(operand, program.rank - 1));
    return {
      key: classes.join(''),
      compile: () => compileSort(program, classes, scratch, machine),
      units: rowsOf(launch),
      work: 10,
    };
  });
  return (launch) => {
    const plan = plans.get(launch);
    if (!plan) return;
    const bytes = scratch.bytes(lengthOf(launch));
    const most = Math.min(plan.units, machine.width);
    try {
      scratch.base = machine.borrow(bytes * most);
    } catch (error) {
      if (most === 1 || !(error instanceof OutOfMemoryError)) throw error;
      // What one thread needs may still be there.
      scratch.base = machine.borrow(bytes);
      plan.compiled.params.write(machine, launch, plan.words);
      return machine.runAlone(plan.compiled.kernel, plan.units);
    }
    runPlanned(machine, launch, plan);
  };
}
