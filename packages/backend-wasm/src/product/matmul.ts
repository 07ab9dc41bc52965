import type { Launch, MatmulProgram, Operand } from '@rushlight/core/kernel';
import type { Machine } from '../machine.ts';
import { ramp, table } from './offsets.ts';
import type { Plan, Product } from './plan.ts';
import { PlanCache } from './plan-cache.ts';
import { ProductRunner } from './product-runner.ts';
import { structureOf } from './variant.ts';

/** A batch of products, each with the epilogue applied block by block. */
export function matmulRunner(program: MatmulProgram, machine: Machine): (launch: Launch<MatmulProgram>) => void {
  const runner = new ProductRunner(machine, structureOf(program));
  const plans = new PlanCache<Plan | undefined>();
  const isGuarded = [...program.inputs, program.output].some(({ guards }) => guards.length > 0);
  return (launch) => {
    if (isGuarded) throw new Error('wasm: operands with guards');
    const plan = plans.get(launch, () => planned(launch, launch.operands));
    if (plan) runner.run(plan, launch.operands, launch.scalars);
  };

  function planned({ sizes }: Launch<MatmulProgram>, operands: readonly Operand[]): Plan | undefined {
    const [m, n, k] = [program.batchRank, program.batchRank + 1, program.batchRank + 2];
    const outputs = sizes.slice(0, k);
    return outputs.includes(0) ? undefined : runner.plan(productOf(sizes, operands, m, n, k));
  }
}

function productOf(sizes: readonly number[], operands: readonly Operand[], m: number, n: number, k: number): Product {
  const along = ({ strides }: Operand, dim: number): Int32Array => table([ramp(sizes[dim] ?? 0, strides[dim] ?? 0)]);
  const batch = ({ strides }: Operand): Int32Array =>
    table(sizes.slice(0, m).map((size, d) => ramp(size, strides[d] ?? 0)));
  const [a, b, ...ends] = operands as [Operand, Operand, ...Operand[]];
  return {
    a: { lanes: along(a, m), depth: along(a, k), batch: batch(a) },
    b: { lanes: along(b, n), depth: along(b, k), batch: batch(b) },
    ends: ends.map((end) => ({ rows: along(end, m), columns: along(end, n), batch: batch(end) })),
  };
}
