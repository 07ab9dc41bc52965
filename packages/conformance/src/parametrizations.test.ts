// What nn.utils does to modules: the state after each step, and what the module computes then.

import { autograd, manualSeed, type Tensor } from '@rushlight/core';
import { utils, type Module } from '@rushlight/nn';
import { expect } from 'vitest';
import { refusalDifferences, resultDifferences, tensorDifferences, within, type Tolerance } from './compare.ts';
import { decode, decodeTensor, make, readFixture, type Encoded, type EncodedTensor, type Num } from './fixture.ts';
import { buildLayer, type LayerSpec } from './layer-spec.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import type { OpCase } from './replay-op.ts';

interface Step {
  readonly apply?: string;
  readonly args?: readonly Encoded[];
  readonly options?: Encoded;
  readonly error?: string;
  readonly assign?: string;
  readonly value?: EncodedTensor;
  readonly call?: EncodedTensor;
  readonly mode?: 'train' | 'eval';
  readonly expected?: EncodedTensor;
  readonly grads?: Readonly<Record<string, readonly Num[] | null>>;
  readonly state?: Readonly<Record<string, EncodedTensor>>;
}

interface ModuleCase extends LayerSpec {
  readonly name: string;
  readonly seed: number;
  readonly steps: readonly Step[];
}

type AnyModule = Module<[x: Tensor], Tensor>;
type AnyFunction = (...args: unknown[]) => unknown;

const { cases } = readFixture<{ cases: (ModuleCase | OpCase)[] }>('conformance/fixtures', 'parametrizations');

/** The fixture has 13 digits. Weights are drawn in float64, and some pass a factorisation. */
const tolerance: Tolerance = { absolute: 1e-11, relative: 1e-10 };

/** Options that are arguments with a default in PyTorch, and positional here. */
const functionOf = (path: string): AnyFunction => {
  const found = path.split('.').reduce<unknown>((home, name) => (home as Record<string, unknown>)[name], utils);
  if (typeof found !== 'function') throw new Error(`there is no utils.${path}`);
  return found as AnyFunction;
};

async function callDifferences(module: AnyModule, { call, mode, expected, grads = {} }: Step): Promise<string[]> {
  if (!call || !expected) return [];
  module.train(mode === 'train');
  const y = module(decodeTensor(call));
  const wrong = within('output', await tensorDifferences(y, expected, { tolerance }));
  const parameters = module.namedParameters();
  const found = autograd.grad(
    [y],
    parameters.map(([, p]) => p),
    { gradOutputs: [make(expected.dtype, expected.shape, expected.upstream ?? [])], allowUnused: true },
  );
  for (const [k, [name, { dtype, shape }]] of parameters.entries()) {
    const data = grads[name];
    if (data)
      wrong.push(
        ...within(`gradient of ${name}`, await tensorDifferences(found[k], { dtype, shape, data }, { tolerance })),
      );
  }
  return wrong;
}

async function stepDifferences(module: AnyModule, step: Step): Promise<string[]> {
  const { apply, args = [], options, error, assign, value, state } = step;
  if (apply) {
    const name = apply.startsWith('remove') && args.length > 0 ? [{ name: args[0] }] : undefined;
    const given = name ?? [...args.map((arg) => decode(arg)), decode(options ?? {})];
    const run = (): unknown => functionOf(apply)(module, ...given);
    if (error !== undefined) return refusalDifferences(error, run);
    run();
  }
  if (assign && value) Object.assign(module, { [assign]: decodeTensor(value) });
  const wrong = await callDifferences(module, step);
  const found = module.stateDict();
  if (state && String(Object.keys(found)) !== String(Object.keys(state)))
    return [...wrong, `the state has ${Object.keys(found)} instead of ${Object.keys(state)}`];
  for (const [key, expected] of Object.entries(state ?? {}))
    wrong.push(...within(key, await tensorDifferences(found[key], expected, { tolerance })));
  return wrong;
}

async function moduleDifferences(c: ModuleCase): Promise<string[]> {
  manualSeed(c.seed);
  const options = { ...(c.options as Record<string, Encoded>), dtype: 'float64' };
  const module = buildLayer<AnyModule>({ ...c, options });
  const wrong: string[] = [];
  for (const [k, step] of c.steps.entries()) {
    const found = await stepDifferences(module, step);
    wrong.push(...within(`step ${k}, ${step.apply ?? (step.call ? 'call' : 'assign')}`, found));
  }
  return wrong;
}

const opDifferences = async ({ op, args, options, expected }: OpCase): Promise<string[]> => {
  const given = [...(decode(args) as unknown[]), ...(options === undefined ? [] : [decode(options)])];
  return resultDifferences(functionOf(op)(...given), expected, { tolerance });
};

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await ('op' in c ? opDifferences(c) : moduleDifferences(c))).toEqual([]);
    });
  }
});
