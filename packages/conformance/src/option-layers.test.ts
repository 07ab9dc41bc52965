// Options of layers, losses and their functions, in the combinations that the other fixtures leave out.

import { frombuffer, tensor, zerosLike, type FrombufferOptions, type Tensor } from '@rushlight/core';
import { functional, Linear, Parameter, UninitializedBuffer, UninitializedParameter, utils } from '@rushlight/nn';
import { clipGradNorm_, type ClipGradNormOptions } from '@rushlight/optim';
import { expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayModule, type ModuleCase } from './replay-module.ts';
import { replayOp, type OpCase } from './replay-op.ts';

const layers = ['option-layers', 'option-dtypes'].flatMap(
  (name) => readFixture<{ cases: ModuleCase[] }>('conformance/fixtures', name).cases,
);
const functions = readFixture<{ cases: OpCase[] }>('conformance/fixtures', 'option-functions').cases;

type Scores = Parameters<typeof utils.prune.l1Unstructured>[3];

/** What a function has pruned of a weight. */
function maskOf(weight: Tensor, prune: (layer: Linear) => unknown): Tensor | undefined {
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  const layer = new Linear(inFeatures, outFeatures);
  layer.weight = new Parameter(weight);
  prune(layer);
  return layer.stateDict()['weight_mask'];
}

/** Functions of other things than tensors, as functions of what a fixture can say. */
const wrapped = {
  getTotalNorm: utils.getTotalNorm,
  clipGradNorm(grads: readonly Tensor[], maxNorm: number, options?: ClipGradNormOptions) {
    const parameters = grads.map((grad) => {
      const parameter = new Parameter(zerosLike(grad));
      parameter.grad = grad;
      return parameter;
    });
    const norm = clipGradNorm_(parameters, maxNorm, options);
    return { norm, grads: parameters.map(({ grad }) => grad) };
  },
  l1Unstructured: (weight: Tensor, amount: number, options?: Scores) =>
    maskOf(weight, (layer) => utils.prune.l1Unstructured(layer, 'weight', amount, options)),
  lnStructured: (weight: Tensor, amount: number, n: number, dim: number, options?: Scores) =>
    maskOf(weight, (layer) => utils.prune.lnStructured(layer, 'weight', amount, n, dim, options)),
  frombuffer: (bytes: readonly number[], options: FrombufferOptions) => frombuffer(Uint8Array.from(bytes), options),
};

onEveryBackend(() => {
  for (const c of layers) {
    test(c.name, async () => {
      expect(await replayModule(c)).toEqual([]);
    });
  }

  for (const c of functions) {
    test(c.name, async () => {
      expect(await replayOp(c, { functional, wrapped })).toEqual([]);
    });
  }

  test.each([
    {},
    { requiresGrad: false },
    { dtype: 'float64' },
    { dtype: 'float16', requiresGrad: true },
    { dtype: 'float64', requiresGrad: false },
  ] as const)('parameters and what will be one: %o', (options) => {
    const { dtype = 'float32', requiresGrad = true } = { ...options };
    const given = new Parameter(tensor([1, 2], { dtype }), options);
    const later = new UninitializedParameter(options);
    const buffer = new UninitializedBuffer(options);
    later.materialize([2]);
    buffer.materialize([2]);
    expect([given, later, buffer]).toMatchObject([
      { dtype, requiresGrad, shape: [2] },
      { dtype, requiresGrad, shape: [2] },
      { dtype, requiresGrad: false, shape: [2] },
    ]);
  });
});
