import { ones, randn, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { GRU, GRUCell, LSTMCell, RNNCell, type LSTMState } from '../index.ts';

beforeAll(() => useBackend(reference()));

test('steps of a cell are the layer', async () => {
  const [layer, cell] = [new GRU(2, 3), new GRUCell(2, 3)];
  const weights = Object.entries(layer.stateDict()).map(([key, w]) => [key.replace('_l0', ''), w]);
  cell.loadStateDict(Object.fromEntries(weights));
  const x = randn([4, 2, 2]);
  let h = cell(x.select(0, 0));
  for (const t of [1, 2, 3]) h = cell(x.select(0, t), { hx: h });
  expect(await h.toArray()).toEqual(await layer(x)[1].select(0, 0).toArray());
});

test('types, keys and printing', () => {
  expectTypeOf(new LSTMCell(1, 1)).returns.toEqualTypeOf<LSTMState>();
  expect(Object.keys(new LSTMCell(1, 1, { bias: false }).stateDict())).toEqual(['weight_ih', 'weight_hh']);
  expect(String(new RNNCell(2, 3, { bias: false, nonlinearity: 'relu' }))).toBe(
    'RNNCell(2, 3, bias=false, nonlinearity=relu)',
  );
  expect(String(new GRUCell(2, 3))).toBe('GRUCell(2, 3)');
});

test('says what does not fit', () => {
  const gru = new GRUCell(2, 3);
  expect(() => gru(ones([4, 3]))).toThrow('GRUCell: the input has shape [4, 3]. It must be [N, 2] or [2].');
  expect(() => gru(ones([1, 4, 2]))).toThrow('GRUCell: the input has shape [1, 4, 2].');
  expect(() => gru(ones([4, 2]), { hx: ones([3]) })).toThrow('GRUCell: h0 has shape [3]. It must be [4, 3].');
  expect(() => gru(ones([2]), { hx: ones([3], { dtype: 'float64' }) })).toThrow('GRUCell: h0 is float64');
  expect(() => new LSTMCell(2, 3)(ones([2]), { hx: [ones([3]), ones([1, 3])] })).toThrow('c0 has shape [1, 3].');
  expect(() => new LSTMCell(2, 3)(ones([2]), { hx: [ones([3])] as never })).toThrow('It must be two tensors');
  expect(() => new GRUCell(2, 0)).toThrow('GRUCell: hiddenSize is 0.');
  expect(() => new RNNCell(2, 3, { nonlinearity: 'sin' as never })).toThrow('RNNCell: there is no nonlinearity "sin".');
});
