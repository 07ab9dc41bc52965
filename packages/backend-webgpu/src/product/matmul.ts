import type { Launch, MatmulProgram, Operand } from '@rushlight/core/kernel';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';
import { Copier } from './copier.ts';
import { PlanMemory } from './plan-memory.ts';
import { isDeep, type Factor, type Product } from './product.ts';
import { ProductRunner, type PlannedProduct } from './product-runner.ts';
import type { chooseSchedule } from './schedule.ts';
import { structureOf } from './structure.ts';

/** A batch of products with an epilogue. `choose` is for tests of a schedule. */
export function matmulRunner(
  program: MatmulProgram,
  machine: Machine,
  choose?: typeof chooseSchedule,
): Runner<MatmulProgram> {
  const runner = new ProductRunner(machine, structureOf(program), choose);
  const plans = new PlanMemory<PlannedProduct>();
  const copier = new Copier(machine);
  const isGuarded = program.inputs.some(({ guards }) => guards.length > 0);
  return ({ sizes, operands: given, scalars }: Launch<MatmulProgram>) => {
    if (sizes.slice(0, -1).includes(0)) return;
    const operands = isGuarded ? given.map((operand) => copier.unguarded(operand, sizes)) : given;
    const [a, b, ...ends] = operands as [Operand, Operand, ...Operand[]];
    const planned = plans.get(sizes, operands, undefined, () =>
      runner.plan(productOf(program.batchRank, sizes, operands)),
    );
    runner.run(planned, [a, b], ends, scalars);
  };
}

function productOf(batchRank: number, sizes: readonly number[], operands: readonly Operand[]): Product {
  const [m, n, k] = [batchRank, batchRank + 1, batchRank + 2];
  const size = (dim: number): number => sizes[dim] ?? 0;
  const batch = ({ strides }: Operand): number[] => strides.slice(0, batchRank);
  const stride = ({ strides }: Operand, dim: number): number => strides[dim] ?? 0;
  const factor = (operand: Operand, lane: number): Factor => ({
    start: 0,
    batch: batch(operand),
    lanes: [stride(operand, lane)],
    depth: { step: stride(operand, k) },
    isDeep: isDeep([{ size: size(k), step: stride(operand, k) }], [{ size: size(lane), step: stride(operand, lane) }]),
  });
  const [a, b, ...ends] = operands as [Operand, Operand, ...Operand[]];
  return {
    batch: sizes.slice(0, batchRank),
    rows: [size(m)],
    columns: [size(n)],
    depth: size(k),
    a: factor(a, m),
    b: factor(b, n),
    ends: ends.map((end) => ({ start: 0, batch: batch(end), rows: [stride(end, m)], columns: [stride(end, n)] })),
    isTurned: false,
  };
}
