// The dtype of every result, for every pair of operands.

import { defaultDevice, isRushlightError, ones, tensor, where, type DType, type Tensor } from '@rushlight/core';
import { expect, test } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend } from './on-every-backend.ts';

type Operand = string | number | boolean | null;
type Row = readonly [op: string, left: Operand, right: Operand, result: DType | null];

const rows = readFixture<Row[]>('core/fixtures/ops', 'promotion');
const ops = [...new Set(rows.map(([op]) => op))];
const withDim = new Set(['cumsum', 'cumprod', 'softmax', 'logsumexp']);

function operand(label: Operand): unknown {
  if (typeof label !== 'string') return label;
  const dtype = label.replace('[]', '') as DType;
  return label.endsWith('[]') ? tensor(1, { dtype }) : ones([2], { dtype });
}

function dtypeOf([op, left, right]: Row): DType | null {
  const [a, b] = [operand(left) as Tensor, operand(right)];
  const args = right === null ? (withDim.has(op) ? [0] : []) : [b];
  try {
    if (op === 'where') return where(ones([2], { dtype: 'bool' }), a, b as Tensor).dtype;
    const call = (a as unknown as Record<string, (...args: unknown[]) => Tensor>)[op];
    if (!call) throw new Error(`there is no method "${op}"`);
    return call.apply(a, args).dtype;
  } catch (error) {
    if (isRushlightError(error)) return null;
    throw error;
  }
}

onEveryBackend(() => {
  test.each(ops)('%s', (op) => {
    const known = defaultDevice().backend.limits.dtypes;
    const isKnown = (label: Operand): boolean => {
      const name = typeof label === 'string' ? label.replace('[]', '') : undefined;
      return name === undefined || known.some((dtype) => dtype === name);
    };
    const wrong = rows
      .filter(([name, ...labels]) => name === op && labels.every(isKnown))
      .map((row) => ({ row, ours: dtypeOf(row) }))
      .filter(({ row, ours }) => ours !== row[3])
      .map(({ row, ours }) => `${op}(${row[1]}, ${row[2]}) is ${ours ?? 'refused'} instead of ${row[3] ?? 'refused'}`);
    expect(wrong).toEqual([]);
  });
});
