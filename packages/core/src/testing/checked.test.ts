import { describe, expect, test } from 'vitest';
import * as k from '../kernel/index.ts';
import { checked } from './checked.ts';
import { nullBackend } from './null-backend.ts';
import { reference } from './reference.ts';

const type = (strides: string, more: Partial<k.OperandType> = {}): k.OperandType => ({
  dtype: 'float32',
  strides,
  guards: [],
  ...more,
});
const x = k.input(0, 'float32');

interface Change {
  readonly program?: Partial<k.LoopProgram>;
  readonly launch?: Partial<k.Launch>;
  readonly input?: Partial<k.Operand>;
  readonly output?: Partial<k.Operand>;
}

/** Runs y = x·s over [2, 3], changed. */
async function run({ program = {}, launch = {}, input = {}, output = {} }: Change): Promise<void> {
  const backend = await checked(reference()).create();
  const [a, b] = [backend.allocate('float32', 6), backend.allocate('float32', 6)];
  const loop = k.program<k.LoopProgram>({
    kind: 'loop',
    rowRank: 1,
    columnRank: 1,
    inputs: [type('s1')],
    scalars: ['float32'],
    stages: [],
    outputs: [{ ...type('s1'), per: 'element', expr: x.mul(k.scalar(0, 'float32')) }],
    checks: [],
    ...program,
  });
  const operands = [
    { buffer: a, offset: 0, strides: [3, 1], ...input },
    { buffer: b, offset: 0, strides: [3, 1], ...output },
  ];
  backend.run({ program: loop, sizes: [2, 3], operands, scalars: [0.5], ...launch });
}

const one = { dtype: 'float32', length: 6 } as k.Buffer;
const element = { per: 'element', expr: x } as const;

describe('checked', () => {
  test('lets a launch pass that keeps the contract', async () => {
    await expect(run({})).resolves.toBeUndefined();
    await expect(run({ launch: { sizes: [0, 3] } })).resolves.toBeUndefined();
    await expect(run({ launch: { scalars: [NaN] } })).resolves.toBeUndefined();
    const guard = { coefficients: [0, 1], start: -1, step: 1, size: 3, stride: 1 };
    await expect(
      run({ program: { inputs: [type('s0', { guards: ['0s'] })] }, input: { strides: [3, 0], guards: [guard] } }),
    ).resolves.toBeUndefined();
  });

  test.each<[string, Change, RegExp]>([
    ['an address beyond the end', { input: { offset: 1 } }, /operand 0: offset 1 .* leave a buffer of 6/],
    ['an address before the beginning', { input: { strides: [-3, 1] } }, /leave a buffer/],
    ['a stride that is no 1', { input: { strides: [1, 2] } }, /stride 2 along dim 1 where the program has "1"/],
    ['a stride that is no 0', { program: { inputs: [type('01')] } }, /stride 3 along dim 0 .* "0"/],
    ['too few operands', { launch: { operands: [] } }, /0 operands, the program has 2/],
    ['too few sizes', { launch: { sizes: [6] } }, /sizes \[6\] for 2 dims/],
    ['too few scalars', { launch: { scalars: [] } }, /0 scalars, the program has 1/],
    ['a scalar that float32 rounds', { launch: { scalars: [0.1] } }, /scalar 0 is 0.1, no float32/],
    ['a dtype that is not the program’s', { program: { inputs: [type('s1', { dtype: 'int32' })] } }, /the buffer is float32, the program has int32/], // prettier-ignore
    ['an expression of another dtype', { program: { inputs: [type('s1', { dtype: 'int32' })] } }, /input 0 is float32 there, int32/], // prettier-ignore
    [
      'a missing guard',
      { program: { inputs: [type('s1', { guards: ['0s'] })] } },
      /its guards are "", the program has "0s"/,
    ],
    ['a guarded address outside', { program: { inputs: [type('s0', { guards: ['0s'] })] }, input: { strides: [3, 0], guards: [{ coefficients: [0, 1], start: 0, step: 1, size: 4, stride: 2 }] } }, /leave a buffer/], // prettier-ignore
    ['elements that share an address', { output: { strides: [1, 1] } }, /two elements have one address/],
    ['a mark that only differentiate reads', { program: { outputs: [{ ...type('s1'), per: 'element', expr: k.detach(x) }] } }, /holds detach/], // prettier-ignore
    ['a row that reads columns', { program: { outputs: [{ ...type('s1'), ...element, per: 'row' }] } }, /it reads columns of input 0/], // prettier-ignore
    ['a row that moves along columns', { program: { outputs: [{ ...type('s1'), per: 'row', expr: k.constant(1, 'float32') }] } }, /operand 1: it moves along dim 1/], // prettier-ignore
    ['a geometry without a conv', { launch: { geometry: { stride: [], padding: [], dilation: [] } } }, /a geometry without a conv/], // prettier-ignore
    ['indices without a gather', { launch: { indexed: [{ size: 1, stride: 1 }] } }, /1 indexed dims/],
    ['a buffer of nobody', { input: { buffer: one } }, /use of a float32 buffer of 6 elements that is not alive/],
  ])('refuses %s', async (_, change, message) => {
    await expect(run(change)).rejects.toThrow(message);
  });

  test('refuses written elements that are read by another view', async () => {
    const backend = await checked(reference()).create();
    const buffer = backend.allocate('float32', 8);
    const launch = (inout: number | undefined, strides: number[], from = 0): void => {
      const structure = { kind: 'loop', rowRank: 1, columnRank: 0, inputs: [type('s')], scalars: [], stages: [], checks: [] } as const; // prettier-ignore
      const output = { ...type('s'), per: 'row' as const, expr: x, ...(inout !== undefined && { inout }) };
      const program = k.program<k.LoopProgram>({ ...structure, outputs: [output] });
      backend.run({
        program,
        sizes: [4],
        scalars: [],
        operands: [
          { buffer, offset: 0, strides: [1] },
          { buffer, offset: strides[0] === -1 ? 3 : from, strides },
        ],
      });
    };
    launch(0, [1]);
    launch(undefined, [1], 4);
    expect(() => launch(undefined, [1])).toThrow('operand 1: it writes the elements of operand 0');
    expect(() => launch(undefined, [1], 3)).toThrow('operand 1: it writes the elements of operand 0');
    expect(() => launch(0, [-1])).toThrow('it updates input 0 by another view');
  });

  test('refuses buffers that were freed', async () => {
    const backend = await checked(reference()).create();
    const buffer = backend.allocate('float32', 2);
    backend.write(buffer, new Float32Array(2));
    expect(() => backend.write(buffer, new Float32Array(3))).toThrow('write of 3 elements');
    expect(() => backend.write(buffer, new Int32Array(2))).toThrow('write of a Int32Array into float32');
    expect(() => backend.readSync?.(buffer, 1, 2)).toThrow('read of 2 elements from 1 on in a buffer of 2');
    backend.free(buffer);
    expect(() => backend.free(buffer)).toThrow('not alive');
    await expect(backend.read(buffer, 0, 2)).rejects.toThrow('not alive');
  });
});

test('nullBackend remembers what it was asked to run', async () => {
  const backend = nullBackend();
  const buffer = backend.allocate('int32', 3);
  const program = k.program<k.LoopProgram>({ kind: 'loop', rowRank: 1, columnRank: 0, inputs: [], scalars: [], stages: [], outputs: [], checks: [] }); // prettier-ignore
  backend.run({ program, sizes: [3], operands: [], scalars: [] });
  expect(backend.launches.map((launch) => launch.program)).toEqual([program]);
  expect([...(await backend.read(buffer, 1, 2))]).toEqual([0, 0]);
  backend.free(buffer);
  expect(backend.memory().liveBuffers).toBe(0);
});
