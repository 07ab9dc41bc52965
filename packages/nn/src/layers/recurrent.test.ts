import { manualSeed, memory, noGrad, ones, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, expectTypeOf, test, vi } from 'vitest';
import { GRU, LSTM, RNN, Sequential, utils, type LSTMState } from '../index.ts';

beforeAll(() => useBackend(reference()));

test('types follow the layer', () => {
  const x = ones([1, 1, 1]);
  expectTypeOf(new GRU(1, 1)(x)).toEqualTypeOf<[output: Tensor, state: Tensor]>();
  expectTypeOf(new LSTM(1, 1)(x)).toEqualTypeOf<[output: Tensor, state: LSTMState]>();
  const packed = utils.rnn.packPaddedSequence(x, [1]);
  expectTypeOf(new LSTM(1, 1)(packed)).toEqualTypeOf<[output: utils.rnn.PackedSequence, state: LSTMState]>();
});

test('parameters are fields under their names in a state dict', () => {
  const layer = new LSTM(2, 3, { projSize: 1, bidirectional: true });
  const names = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh', 'weight_hr'];
  expect(Object.keys(layer.stateDict())).toEqual(
    ['l0', 'l0_reverse'].flatMap((end) => names.map((n) => `${n}_${end}`)),
  );
  expect(layer.getParameter('weight_hr_l0_reverse').shape).toEqual([1, 3]);
  expect(Object.keys(new GRU(2, 3, { bias: false }).stateDict())).toEqual(['weight_ih_l0', 'weight_hh_l0']);
  expect(new GRU(2, 3).double().getParameter('bias_hh_l0').dtype).toBe('float64');
});

test('the state of one call carries on in the next', async () => {
  const layer = new GRU(2, 3, { numLayers: 2 });
  const x = randn([5, 2, 2]);
  const [whole, end] = layer(x);
  const [, half] = layer(x.narrow(0, 0, 3));
  const [rest, last] = layer(x.narrow(0, 3, 2), { hx: half });
  expect(await rest.toArray()).toEqual(await whole.narrow(0, 3, 2).toArray());
  expect(await last.toArray()).toEqual(await end.toArray());
});

test('dropout acts between layers, in training only', async () => {
  manualSeed(1);
  const layer = new RNN(2, 40, { numLayers: 2, dropout: 0.5 });
  const x = ones([1, 1, 2]);
  const run = async (): Promise<unknown> => layer(x)[0].toArray();
  layer.train();
  expect(await run()).not.toEqual(await run());
  layer.eval();
  expect(await run()).toEqual(await run());
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  new RNN(2, 3, { dropout: 0.5 });
  expect(warn).toHaveBeenCalledWith(
    'RNN: dropout is 0.5, but acts between layers, and there is one. Use numLayers > 1.',
  );
  warn.mockRestore();
});

test('nothing of the steps stays when no gradient is wanted', () => {
  const layer = new LSTM(2, 3, { numLayers: 2, bidirectional: true });
  const x = ones([9, 2, 2]);
  const live = (): number => memory().reference?.liveBuffers ?? NaN;
  const before = live();
  const made = noGrad(() => layer(x)).flat();
  expect(live() - before).toBe(made.length);
});

test('empty batches, and gradients that reach the state alone', async () => {
  expect(new GRU(2, 3)(ones([4, 0, 2]))[0].shape).toEqual([4, 0, 3]);
  const layer = new LSTM(2, 3);
  layer(ones([2, 1, 2]))[1][1]
    .sum()
    .backward();
  const grad = layer.getParameter('weight_hh_l0').grad;
  expect(await grad?.abs().sum().item()).toBeGreaterThan(0);
});

test('says what does not fit', () => {
  const gru = new GRU(2, 3, { batchFirst: true });
  expect(() => gru(ones([4, 5, 3]))).toThrow('GRU: the input has shape [4, 5, 3]. It must be [N, L, 2] or [L, 2].');
  expect(() => new RNN(2, 3)(ones([2]))).toThrow('RNN: the input has shape [2]. It must be [L, N, 2] or [L, 2].');
  expect(() => gru(ones([4, 0, 2]))).toThrow('GRU: the input [4, 0, 2] has no steps.');
  expect(() => gru({ data: ones([1]) } as never)).toThrow(
    'GRU: the input is object. It must be a tensor or a PackedSequence.',
  );
  expect(() => gru(ones([4, 5, 2]), { hx: ones([1, 5, 3]) })).toThrow(
    'GRU: h0 has shape [1, 5, 3]. It must be [1, 4, 3].',
  );
  expect(() => gru(ones([5, 2]), { hx: ones([1, 1, 3]) })).toThrow('h0 has shape [1, 1, 3]. It must be [1, 3].');
  expect(() => gru(ones([4, 5, 2]), { hx: ones([1, 4, 3], { dtype: 'float64' }) })).toThrow(
    "GRU: h0 is float64, the input float32. Convert one with `.to('float32')`.",
  );
  const lstm = new LSTM(2, 3);
  expect(() => lstm(ones([4, 5, 2]), { hx: [ones([1, 5, 3]), ones([1, 5, 2])] })).toThrow(
    'LSTM: c0 has shape [1, 5, 2].',
  );
  expect(() => lstm(ones([4, 5, 2]), { hx: [ones([1, 5, 3])] as never })).toThrow(
    'LSTM: hx is undefined. It must be two tensors: { hx: [h0, c0] }.',
  );
  expect(() => new GRU(2, 0)).toThrow('GRU: hiddenSize is 0. It must be an integer ≥ 1.');
  expect(() => new GRU(2, 3, { numLayers: 0 })).toThrow('GRU: numLayers is 0.');
  expect(() => new GRU(2, 3, { dropout: 2 })).toThrow('GRU: the probability is 2. It must lie in [0, 1].');
  expect(() => new LSTM(2, 3, { projSize: 3 })).toThrow(
    'LSTM: projSize is 3, hiddenSize 3. A projection must be smaller; 0 means none.',
  );
  expect(() => new RNN(2, 3, { nonlinearity: 'gelu' as never })).toThrow(
    "RNN: there is no nonlinearity \"gelu\". Use 'tanh' or 'relu'.",
  );
  expect(() => gru(tensor([[1, 2]], { dtype: 'int32' }))).toThrow('linear: operands are int32 and float32.'); // prettier-ignore
});

test('prints', () => {
  const options = { numLayers: 2, bias: false, batchFirst: true, dropout: 0.5, bidirectional: true };
  expect(String(new Sequential(new LSTM(2, 3, { ...options, projSize: 1 })))).toBe(
    'Sequential(\n  (0): LSTM(2, 3, projSize=1, numLayers=2, bias=false, batchFirst=true, dropout=0.5, bidirectional=true)\n)',
  );
  expect(String(new RNN(2, 3))).toBe('RNN(2, 3)');
});
