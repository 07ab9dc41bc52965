// Element-wise operations where numbers end: NaN, infinities, zeros of both signs, and large and small ones. Numbers beyond
// ±1e4 are left to scalar-functions.ts: a formula that squares them is finite in float64 and not in float32.

import type { Tensor } from '@rushlight/core';
import { hostArray, isFloat, toFloat16Bits } from '@rushlight/core/kernel';
import { opTable, type TableOp } from '@rushlight/core/testing';
import { dtypesOf, type Entry, type Harness } from '../harness.ts';
import { expectClose } from '../tolerance.ts';
import { fromElements } from './inputs.ts';

const special = [NaN, Infinity, -Infinity, 0, -0, 1e4, -1e4, 100, -100, 1e-7, -1e-7, 1, -1, 0.5];
const few = [NaN, Infinity, -Infinity, 0, -0, 100, -1];

/** Every combination of so many values: one column per operand. */
function combinations(arity: number): number[][] {
  const values = arity === 3 ? few : special;
  let rows: number[][] = [[]];
  for (let k = 0; k < arity; k++) rows = rows.flatMap((row) => values.map((value) => [...row, value]));
  return Array.from({ length: arity }, (_, k) => rows.map((row) => row[k] ?? 0));
}

async function specialValues(op: TableOp, harness: Harness): Promise<void> {
  const columns = combinations(op.arity);
  for (const dtype of dtypesOf(harness).filter(isFloat)) {
    const [actual, expected] = await Promise.all(
      [harness.device, harness.reference].map(async (device) => {
        const operands = columns.map((values): Tensor => {
          const data = hostArray(dtype, values.length);
          values.forEach((value, k) => (data[k] = dtype === 'float16' ? toFloat16Bits(value) : value));
          return fromElements(data, dtype, [values.length], device);
        });
        const result = op.run(operands);
        return { dtype: result.dtype, data: await result.data() };
      }),
    );
    if (!actual || !expected) continue;
    const what = `${op.name} of ${JSON.stringify(columns.map((values) => values.map(String)))}`;
    expectClose(what, expected.dtype, actual.data, expected.data, harness.tolerances[expected.dtype]);
  }
}

export const specialValueTests: readonly Entry[] = opTable()
  .filter((op) => op.domain !== 'integer')
  .map((op) => ({ name: `${op.name}: special values`, run: (harness) => specialValues(op, harness) }));
