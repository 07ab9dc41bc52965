// autograd.functional against PyTorch: values, dtypes, whether results have a graph, gradients through it, and refusals.

import { autograd, ones, type Tensor } from '@rushlight/core';
import { expect } from 'vitest';
import { differences, refusalDifferences, resultDifferences, tolerances, within } from './compare.ts';
import { decode, readFixture, type Encoded, type EncodedTensor } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';

type Fn = (...xs: Tensor[]) => unknown;
type TwoArguments = (x: Tensor, y: Tensor) => unknown;

const functions: Readonly<Record<string, Fn | TwoArguments>> = {
  cube: (x: Tensor) => x.pow(3),
  cubeSum: (x: Tensor) => x.pow(3).sum(),
  expSum: (x: Tensor) => x.exp().sum(1),
  tanhProduct: (x: Tensor) => x.tanh().mul(x.sum()),
  turned: (x: Tensor) => x.t().mul(x.t().exp()),
  adder: (x: Tensor, y: Tensor) => x.mul(2).add(y.mul(3)),
  squares: (x: Tensor, y: Tensor) => x.mul(x).mul(2).add(y.mul(y).mul(3)).sum(),
  mixed: (x: Tensor, y: Tensor) => x.mul(y).sum().mul(x.sin().sum()),
  pair: (x: Tensor, y: Tensor) => [x.mul(y), x.sum().add(y.exp())],
  triple: ((x: Tensor, y: Tensor, z: Tensor) => [x.mul(z.sum()), y.matmul(z)]) as Fn,
  twice: (x: Tensor) => [x.mul(2), x.sum()],
  product: (x: Tensor, w: Tensor) => x.matmul(w).tanh(),
  onlyFirst: (x: Tensor) => x.sin(),
  onlyFirstSum: (x: Tensor) => x.pow(3).sum(),
  constant: () => ones([2]),
  total: (x: Tensor) => x.sum(),
  inList: (x: Tensor) => [x.sum()],
  number: () => 3,
  doubled: (x: Tensor) => x.to('float64').mul(x.to('float64')),
  partly: (x: Tensor) => [x.exp(), ones([2])],
};

interface Case {
  readonly name: string;
  readonly op: keyof typeof autograd.functional;
  readonly fn: string;
  readonly inputs: Encoded;
  readonly options: Encoded;
  readonly expected: Encoded;
  readonly requiresGrad: readonly boolean[];
  readonly error?: string;
}

type Call = (fn: unknown, inputs: unknown, options: unknown) => unknown;

const flat = (value: unknown): Tensor[] => (Array.isArray(value) ? value.flatMap(flat) : [value as Tensor]);

async function replay({ op, fn, inputs, options, expected, requiresGrad, error }: Case): Promise<string[]> {
  const leaves: [Tensor, EncodedTensor][] = [];
  const given = decode(inputs, leaves);
  const chosen = decode(options, leaves);
  const run = (): unknown => (autograd.functional[op] as Call)(functions[fn], given, chosen);
  if (error !== undefined) {
    return refusalDifferences(error, () => {
      try {
        return run();
      } catch (thrown) {
        // What is no tensor is a TypeError, as everywhere.
        if (thrown instanceof TypeError && thrown.message.startsWith(`${op}: `)) return Promise.reject(asOurs(thrown));
        throw thrown;
      }
    });
  }
  const results = run();
  const wrong = within('result', await resultDifferences(results, expected));
  const graphs = flat(results).map((x) => x.requiresGrad);
  const isForward = JSON.stringify(options).includes('forward');
  if (!isForward && String(graphs) !== String(requiresGrad))
    wrong.push(`requiresGrad ${graphs} instead of ${requiresGrad}`);
  const wanted = leaves.filter(([, encoded]) => encoded.grad);
  if (wanted.length === 0) return wrong;
  const [first, ...rest] = flat(results).filter((x) => x.requiresGrad).map((x) => x.square().sum()); // prettier-ignore
  const total = rest.reduce((sum, x) => sum.add(x), first as Tensor);
  const grads = autograd.grad(total, wanted.map(([x]) => x)); // prettier-ignore
  for (const [k, [, encoded]] of wanted.entries()) {
    const actual = [...((await grads[k]?.data()) ?? [])];
    wrong.push(...within(`gradient ${k}`, differences(actual, encoded.grad ?? [], tolerances[encoded.dtype])));
  }
  return wrong;
}

class Ours extends Error {
  get [Symbol.for('rushlight.error')](): true {
    return true;
  }
}
const asOurs = (error: Error): Error => new Ours(error.message);

const { cases } = readFixture<{ cases: Case[] }>('core/fixtures', 'autograd-functional');

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replay(c)).toEqual([]);
    });
  }
});
