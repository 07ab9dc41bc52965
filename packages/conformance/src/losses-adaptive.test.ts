// The adaptive softmax against PyTorch: initial weights, outputs, gradients of the input and all parameters, predictions.

import { autograd, defaultDevice, manualSeed, ones, type Tensor } from '@rushlight/core';
import { AdaptiveLogSoftmaxWithLoss, type AdaptiveLogSoftmaxWithLossOptions } from '@rushlight/losses';
import { expect, test } from 'vitest';
import { tensorDifferences } from './compare.ts';
import { decodeTensor, make, readFixture, type EncodedTensor, type Num } from './fixture.ts';
import { onEveryBackend } from './on-every-backend.ts';

interface AdaptiveCase {
  readonly name: string;
  readonly seed: number;
  readonly args: readonly [inFeatures: number, nClasses: number, cutoffs: readonly number[]];
  readonly options: AdaptiveLogSoftmaxWithLossOptions;
  readonly state: Readonly<Record<string, EncodedTensor>>;
  readonly input: EncodedTensor;
  readonly target: EncodedTensor;
  readonly output: EncodedTensor;
  readonly loss: EncodedTensor;
  readonly grads: Readonly<Record<string, readonly Num[] | null>>;
  readonly logProb?: EncodedTensor;
  readonly predict?: EncodedTensor;
}

const { cases } = readFixture<{ cases: AdaptiveCase[] }>('conformance/fixtures', 'adaptive-loss');

async function differences(c: AdaptiveCase): Promise<string[]> {
  manualSeed(c.seed);
  const module = new AdaptiveLogSoftmaxWithLoss(...c.args, c.options);
  const wrong: string[] = [];
  const compare = async (what: string, found: Tensor | null | undefined, expected: EncodedTensor): Promise<void> => {
    wrong.push(...(await tensorDifferences(found, expected)).map((text) => `${what}: ${text}`));
  };
  expect(Object.keys(module.stateDict())).toEqual(Object.keys(c.state));
  for (const [key, values] of Object.entries(c.state)) await compare(key, module.stateDict()[key], values);
  const input = decodeTensor(c.input);
  const { output, loss } = module(input, decodeTensor(c.target));
  await compare('output', output, c.output);
  await compare('loss', loss, c.loss);
  const parameters = module.namedParameters();
  const upstream = make('float32', c.output.shape, c.output.upstream ?? []);
  const wanted = [input, ...parameters.map(([, p]) => p)];
  const grads = autograd.grad([output, loss], wanted, { gradOutputs: [upstream, ones([])], allowUnused: true });
  await compare('gradient of the input', grads[0], { ...c.input, data: c.input.grad ?? [] });
  for (const [k, [key, p]] of parameters.entries()) {
    const expected = c.grads[key];
    const grad = grads[k + 1];
    if (!expected && !grad) continue;
    // A device that cannot be read at once does not learn that a cluster has no target: its gradients are zeros.
    const zeros = defaultDevice().backend.readSync ? undefined : new Array<number>(p.numel()).fill(0);
    const data = expected ?? zeros;
    if (data) await compare(`gradient of ${key}`, grad, { dtype: 'float32', shape: p.shape, data });
    else wrong.push(`gradient of ${key}: there is one`);
  }
  if (c.logProb) await compare('logProb', module.logProb(input), c.logProb);
  if (c.predict) await compare('predict', module.predict(input), c.predict);
  return wrong;
}

onEveryBackend(() => {
  test.each(cases.map((c) => [c.name, c] as const))('%s', async (_, c) => {
    expect(await differences(c)).toEqual([]);
  });
});
