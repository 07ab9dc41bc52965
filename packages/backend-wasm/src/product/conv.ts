// Convolutions as products of implicit matrices. Where an image has positions enough for a product of its own, images are a batch:
// its tables are short then, and its columns lie as they do in the output.

import { convBoxes, convProducts, convReach, convShape, offsetTable, ramp, withBorder } from '@rushlight/core/kernel';
import type { ConvFactor, ConvProgram, ConvReach, ConvShape, Launch, Operand } from '@rushlight/core/kernel';
import { Copier } from '../copier.ts';
import type { Machine } from '../machine.ts';
import type { Plan, Product } from './plan.ts';
import { PlanCache } from '../plan-cache.ts';
import { ProductRunner } from './product-runner.ts';
import { structureOf } from './variant.ts';

/** Positions of an image that make a product. */
const enoughPositions = 64;

interface ConvPlan {
  readonly boxes: readonly (readonly number[])[];
  readonly reach: ConvReach;
  /** One for each product; made when the strides of a bordered copy are known. */
  plans: readonly Plan[] | undefined;
}

export function convRunner(program: ConvProgram, machine: Machine): (launch: Launch<ConvProgram>) => void {
  const runner = new ProductRunner(machine, structureOf(program));
  const remembered = new PlanCache<ConvPlan>();
  const copier = new Copier(machine);
  const isGuarded = program.inputs.some(({ guards }) => guards.length > 0);
  return (launch) => {
    const { sizes, geometry, operands: given, scalars } = launch;
    const operands = isGuarded ? unguarded(convBoxes(convShape(launch)), given) : given;
    const plan = remembered.get(sizes, operands, geometry, () => {
      const shape = convShape(launch);
      return { boxes: convBoxes(shape), reach: convReach(shape), plans: undefined };
    });
    if (plan.boxes[2]?.includes(0)) return;
    const { slot } = plan.reach;
    const inputs = operands.slice(0, 2) as [Operand, Operand];
    inputs[slot] = withBorder(inputs[slot], plan.boxes[slot] ?? [], plan.reach, (view, box) => copier.copy(view, box));
    const ends = operands.slice(2);
    const [x, y] = inputs;
    plan.plans ??= productsOf(convShape(launch), inputs, ends).map((product) => runner.plan(product));
    const factors = program.direction === 'inputGradient' ? [x, y, ...ends] : [y, x, ...ends];
    for (const one of plan.plans) runner.run(one, factors, scalars);
  };

  function unguarded(boxes: readonly (readonly number[])[], operands: readonly Operand[]): Operand[] {
    return operands.map((operand, slot) => copier.unguarded(operand, boxes[Math.min(slot, 2)] ?? []));
  }
}

function productsOf(
  shape: ConvShape,
  [first, second]: readonly [Operand, Operand],
  ends: readonly Operand[],
): Product[] {
  return convProducts(shape, first.strides, second.strides).map((product) => {
    const { a, b, row, columns } = product;
    const positions = columns.slice(1).reduce((count, { size }) => count * size, 1);
    const batched = shape.direction !== 'weightGradient' && positions >= enoughPositions;
    const inside = batched ? columns.slice(1) : columns;
    const group = shape.direction === 'weightGradient' ? 0 : 1;
    const rows = shape.direction === 'inputGradient' ? shape.ci : shape.co;
    return {
      a: {
        lanes: offsetTable(a.lanes),
        depth: offsetTable(a.depth),
        batch: batchOf(shape, a, batched ? ramp(shape.n, 0) : [0]),
      },
      b: {
        lanes: offsetTable(batched ? b.lanes.slice(1) : b.lanes),
        depth: offsetTable(b.depth),
        batch: batchOf(shape, b, batched ? (b.lanes[0] ?? [0]) : [0]),
      },
      ends: ends.map(({ strides }) => {
        const stride = (dim: number): number => strides[dim] ?? 0;
        const start = columns.reduce((sum, column) => sum + column.start * stride(column.dim), 0);
        return {
          rows: offsetTable([ramp(rows, stride(row))]),
          columns: offsetTable(inside.map(({ dim, size, step }) => ramp(size, step * stride(dim)))),
          batch: offsetTable([
            [start],
            ramp(batched ? shape.n : 1, stride(columns[0]?.dim ?? 0)),
            ramp(shape.g, stride(group)),
          ]),
        };
      }),
    };
  });
}

/** Where the factors of the batch begin: images, and groups within them. */
const batchOf = ({ g }: ConvShape, { start, groupStep }: ConvFactor, images: readonly number[]): Int32Array =>
  offsetTable([[start], images, ramp(g, groupStep)]);
