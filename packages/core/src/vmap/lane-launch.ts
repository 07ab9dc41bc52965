// A launch with more dims: those of the lanes, in front of its own. One rule serves every kind of kernel, as all of them
// walk their operands by strides: a loop has more rows, a product more batches, a lookup a larger space. Convolutions, whose dims
// are fixed, take one level of lanes as groups; where they have groups already they run lane by lane.

import type { Dispatch, StorageOperand } from '../dispatch.ts';
import {
  guardClasses, index, mergeDims, mod, postorder, program as made, rewrite, scalar, sizeOf, strideClasses,
  type ConvProgram, type Expr, type LoopProgram, type MatmulProgram, type OperandType, type Program,
} from '../kernel/index.ts'; // prettier-ignore
import type { Level } from './level.ts';

type Run = (part: Dispatch) => void;

/** The place of the first operand that a program writes. */
export function writtenFrom(program: Program, count: number): number {
  return program.kind === 'loop' || program.kind === 'scan' || program.kind === 'sort'
    ? count - program.outputs.length
    : count - 1;
}

/** Whether a launch writes every element of the storage of operand `k`, whatever was there. */
export function isOverwritten({ program, sizes, operands }: Dispatch, k: number): boolean {
  const { strides, storage } = operands[k] as StorageOperand;
  switch (program.kind) {
    case 'scatter':
      return false;
    case 'conv':
      // What it writes is always a tensor of its own.
      return true;
    case 'loop': {
      const output = program.outputs[k - program.inputs.length];
      if (!output || output.inout !== undefined) return false;
      return storage.length === sizeOf(output.per === 'row' ? sizes.slice(0, program.rowRank) : sizes);
    }
    case 'matmul':
      return storage.length === sizeOf(sizes.slice(0, -1));
    default:
      return storage.length === sizeOf(sizes) && !strides.some((stride, d) => stride === 0 && sizes[d] !== 1);
  }
}

/** Runs a launch in all lanes of these levels; what it writes has lanes in each. */
export function runOver(request: Dispatch, levels: readonly Level[], run: Run): void {
  const { program, sizes } = request;
  if (program.kind === 'conv') return convOver(request, program, levels, run);
  const operands = request.operands.map((operand) => along(operand, levels));
  const lanes = levels.map((level) => level.size);
  switch (program.kind) {
    case 'loop':
      return run(loopOver({ ...request, operands, sizes: [...lanes, ...sizes] }, program, lanes.length));
    case 'matmul': {
      const merged = leading(operands, [...lanes, ...sizes], lanes.length + program.batchRank);
      return run({ ...request, ...merged, program: again(program, merged, 3) });
    }
    case 'scan':
    case 'sort': {
      const merged = leading(operands, [...lanes, ...sizes], lanes.length + program.rank - 1);
      return run({ ...request, ...merged, program: again(program, merged, 1) });
    }
    default: {
      const merged = leading(operands, [...lanes, ...sizes], lanes.length + program.rank);
      return run({ ...request, ...merged, program: again(program, merged, 0) });
    }
  }
}

/** How an operand is walked over all lanes: not at all where it has none. */
function along(operand: StorageOperand, levels: readonly Level[]): StorageOperand {
  const { storage, strides, guards } = operand;
  const steps = levels.map((level) => storage.lanes?.steps.get(level) ?? 0);
  return {
    ...operand,
    storage: storage.lanes?.whole ?? storage,
    strides: [...steps, ...strides],
    ...(guards && { guards: guards.map((g) => ({ ...g, coefficients: [...steps.map(() => 0), ...g.coefficients] })) }),
  };
}

interface Walked {
  readonly sizes: readonly number[];
  readonly operands: readonly StorageOperand[];
}

/** The first dims merged where memory allows, the others as they are. */
function leading(operands: readonly StorageOperand[], sizes: readonly number[], count: number): Walked {
  const heads = operands.map((operand) => ({ ...operand, strides: operand.strides.slice(0, count) }));
  const merged = mergeDims(sizes.slice(0, count), [count], heads);
  return {
    sizes: [...merged.sizes, ...sizes.slice(count)],
    operands: merged.views.map((view, k) => ({
      ...view,
      strides: [...view.strides, ...(operands[k]?.strides.slice(count) ?? [])],
    })),
  };
}

function typesOf(operands: readonly StorageOperand[], groups: readonly number[]): OperandType[] {
  return operands.map(({ storage, strides, guards }) => ({
    dtype: storage.dtype,
    strides: strideClasses(strides, groups),
    guards: guardClasses(guards),
  }));
}

/** Programs made before, by the one they come from and how their operands are walked. */
const known = new WeakMap<Program, Map<string, Program>>();

function remembered<P extends Program>(from: P, types: readonly OperandType[], variant: string, make: () => P): P {
  let variants = known.get(from);
  if (!variants) known.set(from, (variants = new Map()));
  let key = variant;
  for (const { strides, guards } of types) key += ` ${strides}:${guards.join(':')}`;
  let found = variants.get(key) as P | undefined;
  if (!found) variants.set(key, (found = make()));
  return found;
}

type Plain = Exclude<Program, LoopProgram | ConvProgram>;

/** The same program over operands of more dims, `tail` of which are not among those that count as one group. */
function again(from: Plain, { sizes, operands }: Walked, tail: number): Plain {
  const rank = sizes.length;
  const isProduct = from.kind === 'matmul';
  const types = typesOf(operands, isProduct ? [rank - tail, 1, 1, 1] : [rank]);
  return remembered<Plain>(from, types, String(rank), () => {
    const [first, second, ...rest] = types as [OperandType, OperandType, ...OperandType[]];
    const inputs = [first, ...types.slice(1, -1)] as const;
    const output = types.at(-1) as OperandType;
    switch (from.kind) {
      case 'matmul':
        return made<MatmulProgram>({ ...from, batchRank: rank - tail, inputs: [first, second, ...rest.slice(0, -1)], output }); // prettier-ignore
      case 'gather':
      case 'scatter':
        return made<typeof from>({ ...from, rank, inputs, output });
      case 'scan':
        return made<typeof from>({ ...from, rank, input: first, outputs: types.slice(1) });
      case 'sort':
        return made<typeof from>({ ...from, rank, input: first, outputs: [second, output] });
    }
  });
}

/** A loop with the lanes in front of its rows. What it knows of the number of its row it knows within its lane. */
function loopOver(request: Dispatch, from: LoopProgram, lanes: number): Dispatch {
  const { sizes, operands, scalars } = request;
  const merged = mergeDims(sizes, [lanes + from.rowRank, from.columnRank], operands);
  const [rowRank = 0, columnRank = 0] = merged.groups;
  const types = typesOf(merged.views, merged.groups);
  const countsRows = usesRow(from);
  const program = remembered(from, types, `${rowRank} ${columnRank}`, () => {
    const own = (e: Expr): Expr => (countsRows ? withinLane(e, from.scalars.length) : e);
    const per = (given: 'row' | 'element'): 'row' | 'element' => (columnRank === 0 ? 'row' : given);
    return made<LoopProgram>({
      ...from,
      rowRank,
      columnRank,
      inputs: types.slice(0, from.inputs.length),
      scalars: countsRows ? [...from.scalars, 'int32'] : from.scalars,
      stages: from.stages.map((stage) => ({ ...stage, expr: own(stage.expr) })),
      outputs: from.outputs.map((output, k) => ({
        ...output,
        ...(types[from.inputs.length + k] as OperandType),
        per: per(output.per),
        expr: own(output.expr),
      })),
      checks: from.checks.map((c) => ({ per: per(c.per), fails: own(c.fails), value: own(c.value) })),
    });
  });
  const rows = sizeOf(sizes.slice(lanes, lanes + from.rowRank));
  return {
    ...request,
    program,
    sizes: merged.sizes,
    operands: merged.views,
    scalars: countsRows ? [...scalars, rows] : scalars,
  };
}

const row = index('row');

function usesRow({ stages, outputs, checks }: LoopProgram): boolean {
  const roots = [...stages, ...outputs].map(({ expr }) => expr);
  return postorder([...roots, ...checks.flatMap((c) => [c.fails, c.value])]).includes(row);
}

const withinLane = (e: Expr, slot: number): Expr =>
  rewrite(e, (part) => (part === row ? mod(row, scalar(slot, 'int32')) : undefined));

/** A convolution with the lanes of the last level as its groups, for each lane of the others; of all where it has groups. */
function convOver(request: Dispatch, from: ConvProgram, levels: readonly Level[], run: Run): void {
  const grouped = request.sizes[1] === 1 ? levels.at(-1) : undefined;
  const others = grouped ? levels.slice(0, -1) : levels;
  const sizes = grouped ? request.sizes.with(1, grouped.size) : request.sizes;
  const { direction } = from;
  // Where the group stands among the dims of each operand: first in a weight, else behind the batch.
  const isWeight = (k: number): boolean =>
    direction === 'forward' ? k === 1 : direction === 'inputGradient' ? k === 0 : k > 1;
  const step = ({ storage }: StorageOperand, level: Level): number => storage.lanes?.steps.get(level) ?? 0;
  for (const at of positions(others)) {
    const operands = request.operands.map((operand, k): StorageOperand => {
      const { storage, strides } = operand;
      return {
        ...operand,
        storage: storage.lanes?.whole ?? storage,
        offset: others.reduce((sum, level, l) => sum + (at[l] ?? 0) * step(operand, level), operand.offset),
        strides: grouped ? strides.with(isWeight(k) ? 0 : 1, step(operand, grouped)) : strides,
      };
    });
    const types = operands.map(({ storage, strides }): OperandType => ({
      dtype: storage.dtype,
      strides: strideClasses(strides, [strides.length]),
      guards: [],
    }));
    const program = remembered(from, types, '', () => {
      const [first, second, ...rest] = types as [OperandType, OperandType, ...OperandType[]];
      const output = rest.pop() as OperandType;
      return made<ConvProgram>({ ...from, inputs: [first, second, ...rest], output });
    });
    run({ ...request, program, sizes, operands });
  }
}

/** Every choice of one lane in each level. */
function positions(levels: readonly Level[]): number[][] {
  return levels.reduce<number[][]>(
    (all, { size }) => all.flatMap((at) => Array.from({ length: size }, (_, lane) => [...at, lane])),
    [[]],
  );
}
