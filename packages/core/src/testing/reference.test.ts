import { describe, expect, test } from 'vitest';
import * as k from '../kernel/index.ts';
import { reference } from './reference.ts';

describe('reference', () => {
  test('runs a row-wise softmax as one loop', async () => {
    const backend = await reference().create();
    const x = k.input(0, 'float32');
    const top = k.stage(0, 'float32');
    const weight = k.exp(x.sub(top));
    const program = k.program<k.LoopProgram>({
      kind: 'loop',
      rowRank: 1,
      columnRank: 1,
      inputs: [{ dtype: 'float32', strides: 's1', guards: [] }],
      scalars: [],
      stages: [
        { reduce: 'max', expr: x },
        { reduce: 'sum', expr: weight },
      ],
      outputs: [
        { dtype: 'float32', strides: 's1', guards: [], per: 'element', expr: weight.div(k.stage(1, 'float32')) },
        { dtype: 'float32', strides: '10', guards: [], per: 'row', expr: top },
      ],
      checks: [],
    });
    const input = backend.allocate('float32', 6);
    const output = backend.allocate('float32', 6);
    const tops = backend.allocate('float32', 2);
    backend.write(input, Float32Array.of(1, 2, 3, 1e4, 1e4, -1e4));
    backend.run({
      program,
      sizes: [2, 3],
      operands: [
        { buffer: input, offset: 0, strides: [3, 1] },
        { buffer: output, offset: 0, strides: [3, 1] },
        { buffer: tops, offset: 0, strides: [1, 0] },
      ],
      scalars: [],
    });
    const e = [Math.exp(-2), Math.exp(-1), 1];
    const total = e.reduce((a, b) => a + b);
    expect([...(await backend.read(output, 0, 6))]).toEqual([...e.map((v) => Math.fround(v / total)), 0.5, 0.5, 0]);
    expect([...(await backend.read(tops, 0, 2))]).toEqual([3, 1e4]);
  });

  test('wraps every product and sum of an integer matmul', async () => {
    const backend = await reference().create();
    const type = (strides: string): k.OperandType => ({ dtype: 'int32', strides, guards: [] });
    const program = k.program<k.MatmulProgram>({
      kind: 'matmul',
      batchRank: 0,
      inputs: [type('001'), type('001')],
      scalars: [],
      epilogue: k.input(0, 'int32'),
      output: type('000'),
    });
    const numbers = [2147483647, 65537, 123456789, 3];
    const x = backend.allocate('int32', 4);
    const y = backend.allocate('int32', 1);
    backend.write(x, Int32Array.from(numbers));
    const row = { buffer: x, offset: 0, strides: [0, 0, 1] };
    backend.run({
      program,
      sizes: [1, 1, 4],
      operands: [row, row, { buffer: y, offset: 0, strides: [0, 0, 0] }],
      scalars: [],
    });
    const exact = numbers.reduce((sum, n) => sum + BigInt(n) ** 2n, 0n);
    expect([...(await backend.read(y, 0, 1))]).toEqual([Number(BigInt.asIntN(32, exact))]);
  });

  test('has no room for more than an array can hold', async () => {
    const backend = await reference().create();
    expect(() => backend.allocate('float32', 2 ** 53)).toThrow(k.OutOfMemoryError);
  });
});
