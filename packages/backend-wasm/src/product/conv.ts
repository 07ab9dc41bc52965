// Convolutions as products of implicit matrices. Where an image has positions enough for a product of its own, images are a batch:
// its tables are short then, and its columns lie as they do in the output.

import { convBoxes, convProducts, convReach, convShape, offsetTable, ramp, withBorder } from '@rushlight/core/kernel';
import type { ConvFactor, ConvProgram, ConvReach, ConvShape, Launch, Operand } from '@rushlight/core/kernel';
import { Copier } from '../copier.ts';
import type { Machine } from '../machine.ts';
import { elementBytes } from '../wasm-buffer.ts';
import type { Product } from './plan.ts';
import { PlanCache } from '../plan-cache.ts';
import { ProductRunner, type Planned } from './product-runner.ts';
import { evenTable, tableOf } from './table.ts';
import { structureOf } from './variant.ts';

/** Positions of an image that make a product. */
const enoughPositions = 64;

interface PlannedConv extends Planned {
  readonly boxes: readonly (readonly number[])[];
  readonly reach: ConvReach;
}

export function convRunner(program: ConvProgram, machine: Machine): (launch: Launch<ConvProgram>) => void {
  const runner = new ProductRunner(machine, structureOf(program));
  const remembered = new PlanCache<PlannedConv>((planned) => runner.forget(planned));
  const copier = new Copier(machine);
  const isGuarded = program.inputs.some(({ guards }) => guards.length > 0);
  return (launch) => {
    const { sizes, geometry, operands: given, scalars } = launch;
    const operands = isGuarded ? unguarded(convBoxes(convShape(launch)), given) : given;
    const planned = remembered.get(sizes, operands, geometry, () => {
      const shape = convShape(launch);
      return { boxes: convBoxes(shape), reach: convReach(shape), plans: undefined };
    });
    if (planned.boxes[2]?.includes(0)) return;
    const { slot } = planned.reach;
    const inputs = operands.slice(0, 2) as [Operand, Operand];
    inputs[slot] = withBorder(inputs[slot], planned.boxes[slot] ?? [], planned.reach, (view, box) =>
      copier.copy(view, box),
    );
    const ends = operands.slice(2);
    const [x, y] = inputs;
    const factors = program.direction === 'inputGradient' ? [x, y, ...ends] : [y, x, ...ends];
    runner.run(planned, () => productsOf(convShape(launch), inputs, ends), factors, scalars);
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
  const size = elementBytes(first.buffer.dtype);
  const inBytes = ({ strides, buffer }: Operand): number[] => strides.map((s) => s * elementBytes(buffer.dtype));
  return convProducts(shape, inBytes(first), inBytes(second)).map((product) => {
    const { a, b, row, columns } = product;
    const positions = columns.slice(1).reduce((count, { size }) => count * size, 1);
    const batched = shape.direction !== 'weightGradient' && positions >= enoughPositions;
    const inside = batched ? columns.slice(1) : columns;
    const group = shape.direction === 'weightGradient' ? 0 : 1;
    const rows = shape.direction === 'inputGradient' ? shape.ci : shape.co;
    return {
      a: {
        lanes: tableOf(a.lanes, size),
        depth: tableOf(a.depth, size),
        batch: batchOf(shape, a, ramp(batched ? shape.n : 1, 0)),
      },
      b: {
        lanes: tableOf(batched ? b.lanes.slice(1) : b.lanes, size),
        depth: tableOf(b.depth, size),
        batch: batchOf(shape, b, (batched && b.lanes[0]) || ramp(1, 0)),
      },
      ends: ends.map((end) => {
        const [bytes, strides] = [elementBytes(end.buffer.dtype), inBytes(end)];
        const stride = (dim: number): number => strides[dim] ?? 0;
        const start = columns.reduce((sum, column) => sum + column.start * stride(column.dim), 0);
        return {
          rows: evenTable(rows, stride(row), bytes),
          columns: tableOf(inside.map(({ dim, size, step }) => ramp(size, step * stride(dim))), bytes), // prettier-ignore
          batch: offsetTable([
            Int32Array.of(start),
            ramp(batched ? shape.n : 1, stride(columns[0]?.dim ?? 0)),
            ramp(shape.g, stride(group)),
          ]),
        };
      }),
    };
  });
}

/** Where the factors of the batch begin: images, and groups within them. */
const batchOf = ({ g }: ConvShape, { start, groupStep }: ConvFactor, images: Int32Array): Int32Array =>
  offsetTable([Int32Array.of(start), images, ramp(g, groupStep)]);
