// Every layer: PyTorch's initial weights from a seed, its state dict, its outputs and its gradients.

import { autograd, manualSeed, type Tensor } from '@rushlight/core';
import type * as nn from '@rushlight/nn';
import { expect } from 'vitest';
import { resultDifferences, tensorDifferences, within } from './compare.ts';
import { decodeTensor, make, readFixture, type Encoded, type EncodedTensor, type Num } from './fixture.ts';
import { buildLayer, type LayerSpec } from './layer-spec.ts';
import { onEveryBackend, test } from './on-every-backend.ts';

interface LayerCase extends LayerSpec {
  readonly name: string;
  readonly seed: number;
  readonly mode?: 'eval';
  readonly state: Readonly<Record<string, EncodedTensor>>;
  readonly input: EncodedTensor;
  readonly expected: EncodedTensor | readonly EncodedTensor[];
  /** The parameters' gradients, where any flows. */
  readonly grads?: Readonly<Record<string, readonly Num[]>>;
}

type AnyLayer = nn.Module<[Tensor], Tensor | Tensor[]>;

// Uniforms are PyTorch's bit for bit up to the rounding of the bound.
const initial = { absolute: 1e-6, relative: 0 };

const { cases } = readFixture<{ cases: LayerCase[] }>('conformance/fixtures', 'layers');

async function initialDifferences(module: AnyLayer, expected: LayerCase['state']): Promise<string[]> {
  const state = module.stateDict();
  const wrong: string[] = [];
  for (const [key, values] of Object.entries(expected)) {
    wrong.push(...within(`initial ${key}`, await tensorDifferences(state[key], values, { tolerance: initial })));
  }
  return wrong;
}

async function gradientDifferences(layer: LayerCase, module: AnyLayer, x: Tensor, y: Tensor): Promise<string[]> {
  const [expected] = [layer.expected].flat();
  const { grads } = layer;
  if (!grads || !expected?.upstream) return [];
  const wanted: [string, Tensor, readonly Num[]][] = [];
  for (const [key, p] of module.namedParameters()) wanted.push([key, p, grads[key] ?? []]);
  if (layer.input.grad) wanted.push(['input', x, layer.input.grad]);
  const gradOutputs = [make(expected.dtype, expected.shape, expected.upstream)];
  const inputs = wanted.map(([, t]) => t);
  const found = autograd.grad([y], inputs, { gradOutputs });
  const wrong: string[] = [];
  for (const [i, [key, { dtype, shape }, data]] of wanted.entries()) {
    wrong.push(...within(`gradient of ${key}`, await tensorDifferences(found[i], { dtype, shape, data })));
  }
  return wrong;
}

onEveryBackend(() => {
  for (const layer of cases) {
    test(layer.name, async () => {
      manualSeed(layer.seed);
      const module = buildLayer<AnyLayer>(layer);
      module.train(layer.mode !== 'eval');
      expect(Object.keys(module.stateDict())).toEqual(Object.keys(layer.state));
      const wrong = await initialDifferences(module, layer.state);
      module.loadStateDict(Object.fromEntries(Object.entries(layer.state).map(([key, t]) => [key, decodeTensor(t)])));

      const x = decodeTensor(layer.input);
      const out = module(x);
      wrong.push(...within('output', await resultDifferences(out, layer.expected as Encoded)));
      const [y] = [out].flat();
      if (y) wrong.push(...(await gradientDifferences(layer, module, x, y)));
      expect(wrong).toEqual([]);
    });
  }
});
