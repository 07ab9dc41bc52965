// What holds for each function that reads its operands on the host, at once and awaited.

import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import '../methods.ts';
import {
  autograd, eye, isTensor, linalg, luUnpack, luUnpackAsync, manualSeed, openBackend, pcaLowrank, pcaLowrankAsync, randn,
  svdLowrank, svdLowrankAsync, tensor, tril, useBackend, type Backend, type Device, type Tensor,
} from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';
import * as torchNames from './torch-names.ts';

/** One that can only be read by waiting. */
let remote: Device;
let local: Device;

beforeAll(async () => {
  local = await useBackend(checked(reference()));
  const { readSync: _, ...backend } = await reference().create();
  const waiting: Backend = { ...backend, name: 'remote' };
  remote = await openBackend(checked({ name: 'remote', create: () => waiting }));
});

type AnyFunction = (...args: unknown[]) => unknown;

const torch = { ...torchNames, luUnpack, luUnpackAsync, pcaLowrank, pcaLowrankAsync, svdLowrank, svdLowrankAsync };
const homes: Record<string, Record<string, unknown>> = { linalg: { ...linalg }, torch };

interface Case {
  /** As in `linalg.inv`. */
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  /** What is passed, made of tensors of the shapes. Default: these. */
  readonly from?: (...leaves: Tensor[]) => unknown[];
  readonly options?: object;
  /** Has no gradient. */
  readonly isConstant?: boolean;
  /** Signs of its results are arbitrary. */
  readonly isUnsigned?: boolean;
  /** Is computed on the device. */
  readonly readsNothing?: boolean;
}

const one = (x: Tensor): Tensor => eye(x.shape.at(-1) ?? 0, { dtype: x.dtype, device: x.device });
const definite = (x: Tensor): Tensor => x.matmul(x.transpose(-2, -1)).add(one(x));
const onSymmetric = (x: Tensor, ...rest: Tensor[]): unknown[] => [definite(x), ...rest];
const triangle = (x: Tensor): Tensor => tril(x).add(one(x).mul(3));
const onPivots = (...[x, b]: Tensor[]): unknown[] =>
  [x, tensor([2, 3, 3], { dtype: 'int32', device: x?.device as Device }), b].filter(isTensor); // prettier-ignore
const [square, tall, wide, many] = [[3, 3], [4, 2], [3, 2], [8, 5]]; // prettier-ignore

const cases: Case[] = [
  ...['inv', 'invEx', 'det', 'slogdet', 'svdvals', 'qr', 'lu', 'luFactor', 'luFactorEx', 'matrixExp', 'cond'].map((name) => ({ name: `linalg.${name}`, shapes: [square] })), // prettier-ignore
  ...['torch.qr', 'torch.lu'].map((name) => ({ name, shapes: [square] })),
  ...['linalg.cholesky', 'linalg.choleskyEx', 'linalg.eigvalsh', 'torch.logdet'].map((name) => ({ name, shapes: [square], from: onSymmetric })), // prettier-ignore
  ...['linalg.solve', 'linalg.solveEx'].map((name) => ({ name, shapes: [square, wide] })),
  { name: 'linalg.eigh', shapes: [square], from: onSymmetric, isUnsigned: true },
  { name: 'linalg.svd', shapes: [square], isUnsigned: true },
  { name: 'torch.svd', shapes: [tall], isUnsigned: true },
  { name: 'linalg.solveTriangular', shapes: [square, wide], from: (x, b) => [triangle(x as Tensor), b], options: { upper: false } }, // prettier-ignore
  { name: 'torch.triangularSolve', shapes: [wide, square], from: (b, x) => [b, triangle(x as Tensor)], options: { upper: false } }, // prettier-ignore
  { name: 'torch.choleskyInverse', shapes: [square], from: (x) => [triangle(x as Tensor)] },
  { name: 'torch.choleskySolve', shapes: [wide, square], from: (b, x) => [b, triangle(x as Tensor)] },
  { name: 'linalg.luSolve', shapes: [square, wide], from: onPivots },
  { name: 'torch.luSolve', shapes: [wide, square], from: (b, x) => [b, ...onPivots(x as Tensor)] },
  { name: 'torch.luUnpack', shapes: [square], from: onPivots },
  { name: 'linalg.ldlFactor', shapes: [square], isConstant: true },
  { name: 'linalg.ldlFactorEx', shapes: [square], isConstant: true },
  { name: 'linalg.ldlSolve', shapes: [square, wide], from: onPivots, isConstant: true },
  { name: 'torch.geqrf', shapes: [tall], isConstant: true },
  { name: 'linalg.pinv', shapes: [tall] },
  { name: 'linalg.pinv', shapes: [square], from: onSymmetric, options: { hermitian: true } },
  { name: 'torch.pinverse', shapes: [[2, 4]] },
  { name: 'linalg.matrixRank', shapes: [tall], isConstant: true },
  { name: 'linalg.matrixRank', shapes: [square], isConstant: true, options: { hermitian: true, tol: 0.1 } },
  ...['gels', 'gelsy', 'gelsd'].map((driver) => ({ name: 'linalg.lstsq', shapes: [tall, [4, 3]], options: { driver } })), // prettier-ignore
  { name: 'linalg.lstsq', shapes: [[2, 4], [2, 3]] }, // prettier-ignore
  { name: 'linalg.cond', shapes: [square], options: { p: 'nuc' } },
  { name: 'linalg.norm', shapes: [tall], options: { ord: 'nuc' } },
  { name: 'linalg.matrixNorm', shapes: [tall], options: { ord: 1 }, readsNothing: true },
  ...[-2, 0, 1, 3].map((n) => ({ name: 'linalg.matrixPower', shapes: [square], from: (x: Tensor) => [x, n], readsNothing: n >= 0 })), // prettier-ignore
  { name: 'linalg.tensorinv', shapes: [square], options: { ind: 1 } },
  { name: 'linalg.tensorsolve', shapes: [square, [3]] },
  ...['svdLowrank', 'pcaLowrank'].map((name) => ({ name: `torch.${name}`, shapes: [many], options: { q: 2 }, isUnsigned: true })), // prettier-ignore
];

function functionOf(name: string): AnyFunction {
  const [home = '', own = ''] = name.split('.');
  return homes[home]?.[own] as AnyFunction;
}

const isFloat = (x: Tensor): boolean => x.dtype === 'float64';

const argumentsOf = ({ from }: Case, leaves: Tensor[]): unknown[] => from?.(...leaves) ?? leaves;

/** Calls it, with the same random numbers each time. */
function call({ name, options }: Case, operands: readonly unknown[], form: '' | 'Async' = ''): unknown {
  manualSeed(5);
  return functionOf(name + form)(...operands, ...(options ? [options] : []));
}

const resultsOf = (result: unknown): Tensor[] => (isTensor(result) ? [result] : Object.values(result as object));

function leavesOf({ shapes }: Case): Tensor[] {
  manualSeed(9);
  return shapes.map((shape) => randn(shape, { dtype: 'float64' }));
}

function gradientsOf(results: readonly Tensor[], leaves: readonly Tensor[]): (Tensor | null)[] {
  const roots = results.filter((y) => y.requiresGrad && y.numel() > 0);
  const gradOutputs = roots.map((y) => y.detach());
  return roots.length === 0 ? [] : autograd.grad(roots, leaves, { gradOutputs, allowUnused: true });
}

async function expectSame(
  actual: readonly (Tensor | null | undefined)[],
  expected: readonly (Tensor | null | undefined)[],
): Promise<void> {
  const facts = (x: Tensor | null | undefined): unknown => x && [x.dtype, x.shape, x.requiresGrad];
  expect(actual.map(facts)).toEqual(expected.map(facts));
  for (const [k, x] of actual.entries()) {
    const [mine, other] = [Array.from((await x?.data()) ?? []), Array.from((await expected[k]?.data()) ?? [])];
    mine.forEach((n, i) => expect(n).toBeCloseTo(other[i] as number, 10));
  }
}

test('every function that has two forms is among the cases', () => {
  const known = Object.entries(homes).flatMap(([home, own]) => Object.keys(own).map((name) => `${home}.${name}`));
  const isTested = new Set(cases.map(({ name }) => functionOf(name)));
  const missing = known.filter((name) => functionOf(`${name}Async`) && !isTested.has(functionOf(name)));
  expect(missing).toEqual([]);
});

describe.each(cases.map((c) => [`${c.name} ${c.options ? JSON.stringify(c.options) : ''}`, c] as const))(
  '%s',
  (_, c) => {
    test('awaited it is the same, whatever becomes of its operands meanwhile, and so is its gradient', async () => {
      const here = leavesOf(c).map((x) => x.requiresGrad_(!c.isConstant));
      const there = await Promise.all(leavesOf(c).map(async (x) => (await x.to(remote)).requiresGrad_(!c.isConstant)));
      const results = resultsOf(call(c, argumentsOf(c, here)));
      const operands = argumentsOf(c, there).map((x) => (isTensor(x) && isFloat(x) ? x.mul(1) : x));
      const pending = call(c, operands, 'Async');
      for (const x of operands) if (isTensor(x)) x.zero_().dispose();
      const awaited = resultsOf(await pending);
      expect(awaited.map((x) => x.device)).toEqual(awaited.map(() => remote));
      await expectSame(awaited, results);
      await expectSame(gradientsOf(awaited, there), gradientsOf(results, here));
    });

    test.skipIf(c.readsNothing)('at once it needs a device that can be read at once', async () => {
      const leaves = await Promise.all(leavesOf(c).map((x) => x.to(remote)));
      expect(() => call(c, argumentsOf(c, leaves))).toThrow(/^\w+: it is computed on the host, and the "remote" backend cannot be read synchronously\. Use `await \w+Async\(…\)`\.$/); // prettier-ignore
    });

    test('it leaves its results behind and nothing else', async () => {
      // Of its own, so that nothing of other tests is collected meanwhile.
      const device = await openBackend(checked(reference()));
      const operands = argumentsOf(c, await Promise.all(leavesOf(c).map((x) => x.to(device))));
      for (const form of ['', 'Async'] as const) {
        const before = device.memory().liveBuffers;
        const held = resultsOf(await call(c, operands, form));
        expect(device.memory().liveBuffers - before).toBe(new Set(held.map((x) => x.storage)).size);
        expect(held.some((x) => x.storage.isDisposed)).toBe(false);
      }
    });

    test.skipIf(c.isConstant)('its first and second gradients are those of finite differences', () => {
      const leaves = leavesOf(c).map((x) => x.requiresGrad_());
      const differentiable = resultsOf(call(c, argumentsOf(c, leaves))).map((y) => y.requiresGrad && y.numel() > 0);
      const fn = (...changed: Tensor[]): Tensor[] => {
        const results = resultsOf(call(c, argumentsOf(c, changed))).filter((_y, k) => differentiable[k]);
        return c.isUnsigned ? results.map((y) => y.abs()) : results;
      };
      expect(autograd.gradcheck(fn, leaves)).toBe(true);
      expect(autograd.gradgradcheck(fn, leaves)).toBe(true);
    });
  },
);

test('with gradients nothing else is left behind either, once they are computed', () => {
  for (const name of [
    'inv',
    'solve',
    'det',
    'slogdet',
    'cholesky',
    'eigvalsh',
    'svdvals',
    'luFactor',
    'qr',
    'pinv',
    'lstsq',
  ]) {
    const count = (): number => {
      const x = leavesOf({ name, shapes: [square] }).map((y) => y.add(one(y)).requiresGrad_())[0] as Tensor;
      const args = /solve|lstsq/.test(name) ? [definite(x.detach()).requiresGrad_(), x] : [definite(x.detach()).requiresGrad_()]; // prettier-ignore
      const before = local.memory().liveBuffers;
      const results = resultsOf(functionOf(`linalg.${name}`)(...args));
      const held = [...results, ...gradientsOf(results, args)].flatMap((y) => (y ? [y.storage] : []));
      return local.memory().liveBuffers - before - new Set(held).size;
    };
    count();
    expect([name, count()]).toEqual([name, 0]);
  }
});

test('a bundler may leave out what is not used: every call at the top level is marked as pure', () => {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  const calls = files.flatMap((file) => {
    const lines = readFileSync(new URL(file.replaceAll('\\', '/'), folder), 'utf8').split('\n');
    return lines.filter(
      (line) => /^(export )?const \w+[^=]* = (?!.*@__PURE__).*\w\(/.test(line) && !line.includes('=>'),
    );
  });
  expect(calls).toEqual([]);
});
