import { offsetTable, ramp, type Launch, type MatmulProgram, type Operand } from '@rushlight/core/kernel';
import { Copier } from '../copier.ts';
import type { Machine } from '../machine.ts';
import { elementBytes } from '../wasm-buffer.ts';
import type { Product } from './plan.ts';
import { PlanCache } from '../plan-cache.ts';
import { ProductRunner, type Planned } from './product-runner.ts';
import { evenTable, type Table } from './table.ts';
import { structureOf } from './variant.ts';

/** A batch of products, each with the epilogue applied block by block. */
export function matmulRunner(program: MatmulProgram, machine: Machine): (launch: Launch<MatmulProgram>) => void {
  const runner = new ProductRunner(machine, structureOf(program));
  const remembered = new PlanCache<Planned>((planned) => runner.forget(planned));
  const copier = new Copier(machine);
  const isGuarded = program.inputs.some(({ guards }) => guards.length > 0);
  const { batchRank } = program;
  return ({ sizes, operands: given, scalars }) => {
    const operands = isGuarded ? given.map((operand) => copier.unguarded(operand, sizes)) : given;
    const planned = remembered.get(sizes, operands, undefined, () => ({
      plans: sizes.slice(0, batchRank + 2).includes(0) ? [] : undefined,
    }));
    runner.run(planned, () => [productOf(batchRank, sizes, operands)], operands, scalars);
  };
}

function productOf(batchRank: number, sizes: readonly number[], operands: readonly Operand[]): Product {
  const [m, n, k] = [batchRank, batchRank + 1, batchRank + 2];
  const along = ({ strides, buffer }: Operand, dim: number): Table => {
    const bytes = elementBytes(buffer.dtype);
    return evenTable(sizes[dim] ?? 0, bytes * (strides[dim] ?? 0), bytes);
  };
  const batch = ({ strides, buffer }: Operand): Int32Array =>
    offsetTable(sizes.slice(0, batchRank).map((size, d) => ramp(size, elementBytes(buffer.dtype) * (strides[d] ?? 0))));
  const [a, b, ...ends] = operands as [Operand, Operand, ...Operand[]];
  return {
    a: { lanes: along(a, m), depth: along(a, k), batch: batch(a) },
    b: { lanes: along(b, n), depth: along(b, k), batch: batch(b) },
    ends: ends.map((end) => ({ rows: along(end, m), columns: along(end, n), batch: batch(end) })),
  };
}
