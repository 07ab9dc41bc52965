// That the fixtures sweep the options: of every public name that has some, five distinct combinations or all there are.

import { readFileSync } from 'node:fs';
import * as rushlight from 'rushlight';
import { expect, test } from 'vitest';
import { declarations, readCalls, takesOptions } from './option-combinations.ts';

const enough = 5;

/** Names whose options allow fewer combinations, one that is left out counted as one of its values. */
const allThereAre: Readonly<Record<string, number>> = {
  // A generator is nothing that a fixture could say.
  poisson: 1,
  binomial: 1,
  // A tensor or none.
  linear: 2,
  bilinear: 2,
  // Left out, and two values: a boolean, a triangle, an approximation.
  'linalg.cholesky': 3,
  'linalg.eigh': 3,
  'linalg.eigvalsh': 3,
  'linalg.invEx': 3,
  'linalg.ldlFactor': 3,
  'linalg.ldlSolve': 3,
  'linalg.lu': 3,
  'linalg.luFactor': 3,
  'linalg.solve': 3,
  'linalg.svd': 3,
  cholesky: 3,
  choleskyInverse: 3,
  choleskySolve: 3,
  gelu: 3,
  gelu_: 3,
  nonzero: 3,
  put: 3,
  put_: 3,
  qr: 3,
  Hardsigmoid: 3,
  Hardswish: 3,
  LogSigmoid: 3,
  Mish: 3,
  ReLU: 3,
  ReLU6: 3,
  SELU: 3,
  Sigmoid: 3,
  SiLU: 3,
  Softsign: 3,
  Tanh: 3,
  Tanhshrink: 3,
  // Left out, and three reductions.
  multilabelMarginLoss: 4,
  L1Loss: 4,
  MSELoss: 4,
  MultiLabelMarginLoss: 4,
  SoftMarginLoss: 4,
};

/** Names of what no fixture can say, functions, hooks and modules among their arguments, with the suites that call them. */
const elsewhere: Readonly<Record<string, string>> = {
  autocast: 'conformance/src/amp.test.ts',
  customFwd: 'core/src/autocast.test.ts',
  GradScaler: 'optim/src/grad-scaler.test.ts',
  AveragedModel: 'optim/src/swa-utils/swa-utils.test.ts',
  LRScheduler: 'optim/src/lr-scheduler/lr-scheduler.test.ts',
  Optimizer: 'optim/src/optimizer.test.ts',
  PackedSequence: 'nn/src/utils/rnn.test.ts',
  Parameter: 'conformance/src/option-layers.test.ts',
  UninitializedBuffer: 'conformance/src/option-layers.test.ts',
  UninitializedParameter: 'conformance/src/option-layers.test.ts',
  drawMultinomial: 'core/src/random/draws.test.ts',
  functionalCall: 'nn/src/utils/stateless.test.ts',
  fuseConvBnEval: 'nn/src/utils/utils.test.ts',
  globalUnstructured: 'nn/src/utils/utils.test.ts',
  gradcheck: 'core/src/autograd/autograd.test.ts',
  gradgradcheck: 'core/src/ops/indexing.test.ts',
  orthogonal: 'nn/src/utils/parametrize/parametrize.test.ts',
  registerModuleForwardHook: 'nn/src/module/more-hooks.test.ts',
  registerParametrization: 'nn/src/utils/parametrize/parametrize.test.ts',
  removeParametrizations: 'nn/src/utils/parametrize/parametrize.test.ts',
  runLoop: 'core/src/dispatch.test.ts',
  setPrintOptions: 'core/src/format/format-tensor.test.ts',
  transferParametrizationsAndParams: 'nn/src/utils/parametrize/parametrize.test.ts',
  updateBn: 'optim/src/swa-utils/swa-utils.test.ts',
};

/** Parts of operations: nobody calls them by these names. */
const parts: ReadonlySet<string> = new Set(['applyInplace']);

/** A module's namespace, or the object that bundlers make of one. */
function isNamespace(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Functions and classes of a namespace and of those in it. */
function publicNames(space: object, found = new Set<string>()): Set<string> {
  for (const [name, value] of Object.entries(space) as [string, unknown][]) {
    if (typeof value === 'function') found.add(name);
    else if (isNamespace(value)) publicNames(value, found);
  }
  return found;
}

/** The public names that take options, by the sources, as the fixtures call them. */
function namesWithOptions(): Set<string> {
  const all = declarations(['core', 'nn', 'losses', 'optim']);
  const known = publicNames(rushlight);
  const found = new Set<string>();
  for (const declaration of [...all.values()].flat()) {
    const { name, file } = declaration;
    // `…Async` is the same function for devices that are read asynchronously.
    if (!known.has(name) || /Async_?$/.test(name) || !takesOptions(declaration, all)) continue;
    const inLinalg = file.startsWith('core/src/linalg/') && name in rushlight.linalg;
    found.add(inLinalg ? `linalg.${name}` : name);
    if (!inLinalg && `${name}_` in rushlight.Tensor.prototype) found.add(`${name}_`);
  }
  return found;
}

const { cases, combinations, withOptions } = readCalls(['core', 'optim', 'conformance']);
const swept = [...new Set([...namesWithOptions(), ...withOptions])]
  .filter((name) => !(name in elsewhere) && !parts.has(name))
  .map((name) => ({ name, found: combinations.get(name)?.size ?? 0 }));

test('the sources say which names take options', () => {
  const found = namesWithOptions();
  // A function, a line of the table and its method in place, an alias, a loop over all dims, one of linalg, layers, a loss, optim.
  const some = ['conv2d', 'sub', 'sub_', 'subtract', 'maxPool3d', 'linalg.svd', 'SiLU', 'BatchNorm2d', 'NLLLoss', 'Adam', 'StepLR', 'xavierNormal_']; // prettier-ignore
  expect([...found]).toEqual(expect.arrayContaining(some));
  expect(['neg', 'matmul', 'Identity', 'linalg.inv', 'permute'].filter((name) => found.has(name))).toEqual([]);
  expect(found.size).toBeGreaterThan(400);
});

test('every name with options is called with five combinations, or with all there are', () => {
  const lacking = swept.filter(({ name, found }) => found < (allThereAre[name] ?? enough));
  expect(lacking.map(({ name, found }) => `${name}: ${found} of ${allThereAre[name] ?? enough}`)).toEqual([]);
});

test('only those that need it are excused', () => {
  const counts = new Map(swept.map(({ name, found }) => [name, found]));
  expect(Object.keys(allThereAre).filter((name) => (counts.get(name) ?? enough) >= enough)).toEqual([]);
  for (const [name, file] of Object.entries(elsewhere)) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(new RegExp(String.raw`\b${name}\b`).test(text), `${file} calls ${name}`).toBe(true);
  }
});

test('there are at least 2,500 cases', () => {
  expect(cases).toBeGreaterThanOrEqual(2500);
});
