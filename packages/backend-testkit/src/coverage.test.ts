// Every operation that core exports, or that is a method of a tensor, must stand in one of the tables. What is composed of others may
// be left to the fixtures of PyTorch, which run on every backend as well.

import { readdirSync, readFileSync } from 'node:fs';
import * as core from '@rushlight/core';
import { Tensor } from '@rushlight/core';
import { expect, test } from 'vitest';
import { cases } from './ops/operation-tests.ts';

/** What core exports that computes nothing on a backend, or builds on what is tested. */
const notOperations = new Set(
  [
    'defaultDevice devices findDevice openBackend useBackend memory untracked tidy isRushlightError',
    'enableGrad noGrad isGradEnabled checkpoint record effect isTensor isDType isFloat describe dtypes resultType',
    'manualSeed seed initialSeed defaultGenerator getRngState setRngState drawPermutation drawSeed drawNormal drawUniform drawMultinomial',
    'loopOp runLoop applyInplace letGo scratch needsGraph recordReady show setPrintOptions slice taskLocal',
    'reopenBackend profile recordFunction warmup',
    'autocast autocasting computeIn outsideAutocast getAutocastDtype isAutocastEnabled customBwd customFwd',
    'getDefaultDtype setDefaultDtype complex polar imag viewAsComplex viewAsReal frombuffer emptyStrided ger',
  ].flatMap((line) => line.split(' ')),
);

/** Methods that read, describe or annotate a tensor. */
const notMethods = new Set(
  [
    'constructor dim numel size isContiguous requiresGrad_ detach detach_ retainGrad giveGrad registerHook backward dispose zeros',
    'data dataSync item itemSync toArray toArraySync toString double half int bool',
    'elementSize nelement ndimension stride storageOffset isSetTo newEmpty newEmptyStrided',
  ].flatMap((line) => line.split(' ')),
);

/** What fixtures call, from the text of each: they are large, and `"op": "…"` is all that is wanted. */
function* inFixtures(): Generator<string> {
  for (const folder of ['../../core/fixtures/ops/', '../../core/fixtures/', '../../conformance/fixtures/']) {
    const url = new URL(folder, import.meta.url);
    for (const file of readdirSync(url).filter((name) => name.endsWith('.json')))
      for (const [, op = ''] of readFileSync(new URL(file, url), 'utf8').matchAll(/"op":\s*"(\w+)"/g)) yield op;
  }
}

const named = new Set([...cases.map((one) => one.op), ...inFixtures()]);
/** The in-place form of a line of the element-wise table comes with it, and so does the form that can be awaited. */
const isNamed = (name: string): boolean => named.has(name) || named.has(name.replace(/_$|Async$/, ''));
const isClass = (value: unknown): boolean => /^class\b/.test(String(value));

test('every operation that core exports stands in a table', () => {
  const exported = Object.entries(core).flatMap(([name, value]) => (typeof value === 'function' && !isClass(value) ? [name] : [])); // prettier-ignore
  expect(exported.filter((name) => !notOperations.has(name) && !isNamed(name))).toEqual([]);
});

test('every method of a tensor stands in a table', () => {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype)).flatMap(([name, { value }]) => (typeof value === 'function' ? [name] : [])); // prettier-ignore
  expect(methods.filter((name) => !notMethods.has(name) && !notOperations.has(name) && !isNamed(name))).toEqual([]);
});

test('nothing is excused that is not there', () => {
  const known = new Set([...Object.keys(core), ...Object.getOwnPropertyNames(Tensor.prototype)]);
  expect([...notOperations, ...notMethods].filter((name) => !known.has(name))).toEqual([]);
});
