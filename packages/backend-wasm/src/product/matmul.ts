import { offsetTable, ramp, type Launch, type MatmulProgram, type Operand } from '@rushlight/core/kernel';
import { Copier } from '../copier.ts';
import type { Machine } from '../machine.ts';
import type { Plan, Product } from './plan.ts';
import { PlanCache } from '../plan-cache.ts';
import { ProductRunner } from './product-runner.ts';
import { structureOf } from './variant.ts';

/** A batch of products, each with the epilogue applied block by block. */
export function matmulRunner(program: MatmulProgram, machine: Machine): (launch: Launch<MatmulProgram>) => void {
  const runner = new ProductRunner(machine, structureOf(program));
  const plans = new PlanCache<Plan | undefined>();
  const copier = new Copier(machine);
  const isGuarded = program.inputs.some(({ guards }) => guards.length > 0);
  const { batchRank } = program;
  return ({ sizes, operands: given, scalars }) => {
    const operands = isGuarded ? given.map((operand) => copier.unguarded(operand, sizes)) : given;
    const plan = plans.get(sizes, operands, undefined, () =>
      sizes.slice(0, batchRank + 2).includes(0) ? undefined : runner.plan(productOf(batchRank, sizes, operands)),
    );
    if (plan) runner.run(plan, operands, scalars);
  };
}

function productOf(batchRank: number, sizes: readonly number[], operands: readonly Operand[]): Product {
  const [m, n, k] = [batchRank, batchRank + 1, batchRank + 2];
  const along = ({ strides }: Operand, dim: number): Int32Array =>
    offsetTable([ramp(sizes[dim] ?? 0, strides[dim] ?? 0)]);
  const batch = ({ strides }: Operand): Int32Array =>
    offsetTable(sizes.slice(0, batchRank).map((size, d) => ramp(size, strides[d] ?? 0)));
  const [a, b, ...ends] = operands as [Operand, Operand, ...Operand[]];
  return {
    a: { lanes: along(a, m), depth: along(a, k), batch: batch(a) },
    b: { lanes: along(b, n), depth: along(b, k), batch: batch(b) },
    ends: ends.map((end) => ({ rows: along(end, m), columns: along(end, n), batch: batch(end) })),
  };
}
