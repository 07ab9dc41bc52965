// Every operation that core exports, or that is a method of a tensor, must stand in one of the tables.

import * as core from '@rushlight/core';
import { Tensor } from '@rushlight/core';
import { expect, test } from 'vitest';
import { cases } from './ops/operation-tests.ts';

/** What core exports that computes nothing on a backend, or builds on what is tested. */
const notOperations = new Set(
  [
    'defaultDevice devices findDevice openBackend useBackend memory untracked tidy isRushlightError',
    'enableGrad noGrad isGradEnabled checkpoint record effect isTensor isDType isFloat describe dtypes resultType',
    'manualSeed seed initialSeed defaultGenerator getRngState setRngState drawPermutation drawSeed drawNormal drawUniform',
    'loopOp runLoop applyInplace letGo recordReady show setPrintOptions slice',
  ].flatMap((line) => line.split(' ')),
);

/** Methods that read, describe or annotate a tensor. */
const notMethods = new Set(
  [
    'constructor dim numel size isContiguous requiresGrad_ detach detach_ retainGrad giveGrad registerHook backward dispose zeros',
    'data dataSync item itemSync toArray toArraySync toString double half int bool',
  ].flatMap((line) => line.split(' ')),
);

const named = new Set(cases.map((one) => one.op));
/** The in-place form of a line of the element-wise table comes with it. */
const isNamed = (name: string): boolean => named.has(name) || (name.endsWith('_') && named.has(name.slice(0, -1)));
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
