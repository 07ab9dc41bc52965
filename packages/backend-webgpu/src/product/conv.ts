// Convolutions as products of implicit matrices. Groups are a batch; patches are read where they lie, their offsets along the depth from a
// table. Of one channel per group, as in a depthwise convolution, products have one row, and a thread computes one output.

import { convBoxes, convProducts, convReach, convShape, withBorder } from '@rushlight/core/kernel';
import type { ConvFactor, ConvProduct, ConvProgram, ConvShape, Launch, Operand } from '@rushlight/core/kernel';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';
import { Copier } from './copier.ts';
import { depthTables, keyOfWalks, type Walks } from './depth-tables.ts';
import { PlanMemory } from './plan-memory.ts';
import { isDeep, merged, type Axis, type Depth, type Factor, type Product } from './product.ts';
import { ProductRunner, type PlannedProduct } from './product-runner.ts';
import type { chooseSchedule } from './schedule.ts';
import { structureOf } from './structure.ts';

interface PlannedConv {
  readonly planned: PlannedProduct;
  readonly walks: Walks;
  readonly key: string;
}

/** A convolution seen from one of its sides, with an epilogue. `choose` is for tests of a schedule. */
export function convRunner(
  program: ConvProgram,
  machine: Machine,
  choose?: typeof chooseSchedule,
): Runner<ConvProgram> {
  const runner = new ProductRunner(machine, structureOf(program), choose);
  const plans = new PlanMemory<readonly PlannedConv[]>();
  const copier = new Copier(machine);
  const tables = depthTables(machine);
  const isGuarded = program.inputs.some(({ guards }) => guards.length > 0);
  return (launch: Launch<ConvProgram>) => {
    const shape = convShape(launch);
    const boxes = convBoxes(shape);
    if (boxes[2].includes(0)) return;
    const given = isGuarded
      ? launch.operands.map((operand, slot) => copier.unguarded(operand, boxes[slot < 2 ? slot : 2] ?? []))
      : launch.operands;
    const reach = convReach(shape);
    const operands = given.map((operand, slot) =>
      slot === reach.slot
        ? withBorder(operand, boxes[slot] ?? [], reach, (view, box) => copier.copy(view, box))
        : operand,
    );
    const [first, second, ...ends] = operands as [Operand, Operand, ...Operand[]];
    const planned = plans.get(launch.sizes, operands, launch.geometry, () =>
      convProducts(shape, first.strides, second.strides).map((product) => planOf(runner, shape, product, ends)),
    );
    const factors = program.direction === 'inputGradient' ? ([first, second] as const) : ([second, first] as const);
    for (const { planned: plan, walks, key } of planned) {
      runner.run(plan, factors, ends, launch.scalars, walks.length > 0 ? tables.get(key, walks) : undefined);
    }
  };
}

const axesOf = (lists: readonly Int32Array[]): Axis[] =>
  lists.map((list) => ({ size: list.length, step: (list[1] ?? 0) - (list.length > 1 ? (list[0] ?? 0) : 0) }));

/** What the first entries of all lists come to: an axis begins at 0. */
const firstOf = (lists: readonly Int32Array[]): number => lists.reduce((sum, list) => sum + (list[0] ?? 0), 0);

function planOf(
  runner: ProductRunner,
  shape: ConvShape,
  { a, b, row, columns }: ConvProduct,
  ends: readonly Operand[],
): PlannedConv {
  const walks: Axis[][] = [];
  let entries = 0;
  const depthOf = (axes: readonly Axis[], depth: number): Depth => {
    const walk = merged(axes);
    if (walk.length <= 1 || depth === 0) return { step: depth === 0 ? 0 : (walk[0]?.step ?? 0) };
    walks.push(walk);
    entries += depth;
    return { at: entries - depth };
  };
  const depth = a.depth.reduce((count, list) => count * list.length, 1);
  const factorOf = ({ start, lanes, depth: lists, groupStep }: ConvFactor): Factor => {
    const [along, across] = [axesOf(lists), axesOf(lanes)];
    return {
      start: start + firstOf(lists) + firstOf(lanes),
      batch: [groupStep],
      lanes: across.map(({ step }) => step),
      depth: depthOf(along, depth),
      isDeep: isDeep(along, across),
    };
  };
  const group = shape.direction === 'weightGradient' ? 0 : 1;
  const product: Product = {
    batch: [shape.g],
    rows: [shape.direction === 'inputGradient' ? shape.ci : shape.co],
    columns: columns.map(({ size }) => size),
    depth,
    a: factorOf(a),
    b: factorOf(b),
    ends: ends.map(({ strides }) => {
      const stride = (dim: number): number => strides[dim] ?? 0;
      return {
        start: columns.reduce((sum, { dim, start }) => sum + start * stride(dim), 0),
        batch: [stride(group)],
        rows: [stride(row)],
        columns: columns.map(({ dim, step }) => step * stride(dim)),
      };
    }),
    isTurned: false,
  };
  return { planned: runner.plan(product), walks, key: keyOfWalks(walks) };
}
