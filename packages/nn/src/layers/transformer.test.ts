// The numbers are compared with PyTorch's in packages/conformance; here is what is copied, drawn and said.

import { getRngState, manualSeed, ones, randn, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import {
  GELU, Module, PReLU, Transformer, TransformerDecoder, TransformerDecoderLayer, TransformerEncoder, TransformerEncoderLayer,
  utils, type DecoderMasks, type EncoderMasks,
} from '../index.ts'; // prettier-ignore

beforeAll(() => useBackend(reference()));

const small = { dimFeedforward: 3, dropout: 0 };

test('a stack has copies with the same values, which draw nothing and share nothing', async () => {
  const layer = new TransformerEncoderLayer(4, 2, { ...small, normFirst: true, layerNormEps: 0.1, dtype: 'float64' });
  layer.linear1.weight.requiresGrad = false;
  layer.eval();
  const before = getRngState();
  const stack = new TransformerEncoder(layer, 2);
  expect(getRngState()).toEqual(before);
  const [first, second] = stack.layers as Iterable<TransformerEncoderLayer> as unknown as TransformerEncoderLayer[];
  for (const made of [...stack.layers] as TransformerEncoderLayer[]) {
    expect(await made.linear1.weight.toArray()).toEqual(await layer.linear1.weight.toArray());
    expect([made.training, made.normFirst, made.norm1.eps, made.linear1.weight.requiresGrad]).toEqual([false, true, 0.1, false]); // prettier-ignore
  }
  expect(first).not.toBe(second);
  expect(stack.parameters()).toHaveLength(2 * layer.parameters().length);
});

test('the activation may be a name, a function or a module', async () => {
  manualSeed(1);
  const named = new TransformerEncoderLayer(4, 2, { ...small, activation: 'gelu' });
  const x = randn([3, 2, 4]);
  const y = await named(x).toArray();
  for (const activation of [new GELU(), (v: Tensor) => new GELU()(v)]) {
    const other = new TransformerEncoderLayer(4, 2, { ...small, activation });
    other.loadStateDict(named.stateDict());
    expect(await other.copy()(x).toArray()).toEqual(y);
  }
  expect(() => new TransformerEncoderLayer(4, 2, { ...small, activation: new PReLU() }).copy()).toThrow(
    'copy: the activation PReLU(numParameters=1) holds tensors, and there is no way to copy it.',
  );
  expect(() => new TransformerEncoderLayer(4, 2, { activation: 'swish' as never })).toThrow(
    "TransformerEncoderLayer: there is no activation \"swish\". Use 'relu', 'gelu' or a function.",
  );
});

test('an activation with parameters comes last in the state dict', () => {
  for (const Layer of [TransformerEncoderLayer, TransformerDecoderLayer]) {
    const keys = Object.keys(new Layer(4, 2, { ...small, activation: new PReLU() }).stateDict());
    expect(keys.at(-1)).toBe('activation.weight');
  }
});

test('what is not made by the constructor is not copied', () => {
  const layer = new TransformerEncoderLayer(4, 2, small);
  utils.prune.l1Unstructured(layer.linear1, 'weight', 1);
  expect(() => new TransformerEncoder(layer, 2)).toThrow(
    'copy: TransformerEncoderLayer holds other tensors than its constructor makes: some are pruned, parametrized or added.',
  );
});

test('without biases there are none', () => {
  const keys = Object.keys(new TransformerDecoderLayer(4, 2, { ...small, bias: false }).copy().stateDict());
  expect(keys.filter((key) => key.includes('bias'))).toEqual([]);
  expect(keys).toContain('multihead_attn.in_proj_weight');
});

test('dropout acts in training only', async () => {
  const layer = new TransformerDecoderLayer(4, 2, { dimFeedforward: 8, dropout: 0.5 });
  const [tgt, memory] = [randn([3, 2, 4]), randn([2, 2, 4])];
  const run = async (): Promise<unknown> => layer(tgt, memory).toArray();
  expect(await run()).not.toEqual(await run());
  layer.eval();
  expect(await run()).toEqual(await run());
});

test('a causal hint needs its mask, and changes nothing', async () => {
  const encoder = new TransformerEncoder(new TransformerEncoderLayer(4, 2, small), 1);
  const x = randn([3, 2, 4]);
  const mask = Transformer.generateSquareSubsequentMask(3);
  expect(await encoder(x, { mask, isCausal: true }).toArray()).toEqual(await encoder(x, { mask }).toArray());
  expect(() => encoder(x, { isCausal: true })).toThrow(
    'TransformerEncoderLayer: isCausal is set without a mask, of which it is a hint.',
  );
  const decoder = new TransformerDecoder(new TransformerDecoderLayer(4, 2, small), 1);
  expect(() => decoder(x, x, { tgtIsCausal: true })).toThrow('TransformerDecoderLayer: isCausal is set without a mask');
  expect(() => decoder(x, x, { memoryIsCausal: true })).toThrow('isCausal is set without a mask');
});

test('custom stacks, and what does not fit', async () => {
  class Zero extends Module<[src: Tensor, masks?: EncoderMasks], Tensor> {
    forward(x: Tensor, _masks?: EncoderMasks): Tensor {
      return x.mul(0);
    }
  }
  class Echo extends Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks], Tensor> {
    forward(tgt: Tensor, memory: Tensor, _masks?: DecoderMasks): Tensor {
      return tgt.add(memory);
    }
  }
  const model = new Transformer({ dModel: 4, customEncoder: new Zero(), customDecoder: new Echo() });
  expect(await model(zeros([2, 1, 4]), ones([2, 1, 4])).toArray()).toEqual(await ones([2, 1, 4]).toArray());
  expect(() => model(ones([2, 1, 4]), ones([2, 3, 4]))).toThrow(
    'Transformer: the source [2, 1, 4] and the target [2, 3, 4] are batches of different sizes. Make them equal.',
  );
  expect(() => model(ones([2, 1, 4]), ones([2, 1, 3]))).toThrow('the target has shape [2, 1, 3]. Its last dim must be dModel, 4.'); // prettier-ignore
  expect(() => new TransformerEncoder(new Zero() as never, 2)).toThrow('TransformerEncoder: Zero() cannot be copied.');
  expect(() => new TransformerEncoder(new TransformerEncoderLayer(4, 2, small), -1)).toThrow('numLayers is -1.');
  expect(() => new TransformerEncoderLayer(4, 3)).toThrow('embedDim is 4, which 3 heads do not divide.');
  expect(() => new TransformerEncoderLayer(4, 2, { dimFeedforward: 0 })).toThrow('dimFeedforward is 0.');
});
