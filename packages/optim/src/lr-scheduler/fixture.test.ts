// Every schedule walks PyTorch's way for 64 epochs over two groups, and goes on from a state dict in between.

import { readFileSync } from 'node:fs';
import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Adadelta } from '../adadelta.ts';
import { Adam } from '../adam.ts';
import type { Optimizer } from '../optimizer.ts';
import { SGD } from '../sgd.ts';
import { SWALR } from '../swa-utils/swalr.ts';
import * as lrScheduler from './index.ts';
import type { LRLambda, LRStepOptions } from './index.ts';

/** What is common to the schedules that follow the epoch and the one that follows a metric. */
interface Scheduler {
  step(metric?: number | LRStepOptions): void;
  getLastLr(): number[];
  stateDict(): object;
  loadStateDict(state: object): void;
}

interface Part {
  readonly scheduler: string;
  readonly arguments: readonly unknown[];
  readonly options: object;
}

interface Made extends Part {
  readonly optimizer: 'SGD' | 'Adam' | 'Adadelta';
}

interface Case extends Made {
  readonly name: string;
  readonly scaled?: readonly [epoch: number, factor: number];
  readonly metrics?: readonly number[];
  readonly goesTo?: readonly (number | null)[];
  readonly rates: readonly (readonly number[])[];
  readonly momenta?: readonly (readonly number[])[];
  readonly resumed?: readonly (readonly number[])[];
  readonly stateDict: Readonly<Record<string, unknown>>;
  readonly group: Readonly<Record<string, unknown>>;
}

interface Fixture {
  readonly half: number;
  readonly optimizers: Readonly<Record<Made['optimizer'], object>>;
  readonly errors: readonly (Made & { readonly error: string })[];
  readonly cases: readonly Case[];
}

const special = new Map([NaN, Infinity, -Infinity].map((value) => [String(value), value]));
const { half, optimizers, errors, cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/lr-scheduler.json', import.meta.url), 'utf8'),
  (_, value: unknown) => (typeof value === 'string' ? (special.get(value) ?? value) : value),
) as Fixture;

beforeAll(() => useBackend(reference()));

function makeOptimizer(kind: Made['optimizer']): Optimizer {
  const groups = [{ params: [tensor([1])] }, { params: [tensor([1])], lr: 0.125 }];
  const Kind = { SGD, Adam, Adadelta }[kind] as new (params: object, options: object) => Optimizer;
  return new Kind(groups, optimizers[kind]);
}

/** The functions that fixtures name. */
const lambdas: Readonly<Record<string, LRLambda>> = {
  decay: (epoch) => 0.95 ** epoch,
  inverse: (epoch) => 1 / (1 + epoch),
  warmUp: (epoch) => Math.min(1, (epoch + 1) / 10),
  still: () => 1,
  steps: (epoch) => (epoch % 16 === 0 ? 0.5 : 1),
  wave: (epoch) => (epoch % 2 === 0 ? 0.9 : 1.1),
};

/** What a fixture means by a name of a function, or by a part of a schedule. */
function decoded(value: unknown, optimizer: Optimizer): unknown {
  if (typeof value === 'string') return lambdas[value] ?? value;
  if (Array.isArray(value)) return value.map((one) => decoded(one, optimizer));
  if (typeof value === 'object' && value !== null) return makeScheduler(value as Part, optimizer);
  return value;
}

function makeScheduler(
  { scheduler, arguments: args, options }: Part,
  optimizer: Optimizer,
  more: object = {},
): Scheduler {
  const kinds = { ...lrScheduler, SWALR };
  const Kind = kinds[scheduler as 'StepLR'] as unknown as new (...args: unknown[]) => Scheduler;
  const given = args.map((arg) => decoded(arg, optimizer));
  if (scheduler === 'ChainedScheduler') return new Kind(...given);
  const named = Object.entries({ ...options, ...more }).map(([key, value]) => [key, decoded(value, optimizer)]);
  return new Kind(optimizer, ...given, Object.fromEntries(named));
}

const ratesOf = ({ paramGroups }: Optimizer): number[] => paramGroups.map(({ lr }) => lr);

const momentaOf = ({ paramGroups }: Optimizer): number[] =>
  paramGroups.map((group) => {
    const { betas, momentum } = group as unknown as { betas?: number[]; momentum: number };
    return betas?.[0] ?? momentum;
  });

/**
 * Where numbers, inside of whatever, are not PyTorch's; the two libraries' cosines and powers differ in the last bits. Keys that
 * PyTorch does not have count for nothing.
 */
function differences(actual: unknown, expected: unknown, where = ''): string[] {
  if (typeof expected === 'object' && expected !== null) {
    const found = (actual ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(expected).flatMap(([key, part]) => differences(found[key], part, `${where} ${key}`));
  }
  const isNear =
    typeof expected === 'number' &&
    typeof actual === 'number' &&
    Math.abs(actual - expected) <= 1e-15 + 1e-9 * Math.abs(expected);
  return isNear || Object.is(actual, expected) ? [] : [`${where}: ${String(actual)} instead of ${String(expected)}`];
}

/** What the learning rates and momenta are from epoch `from` to `to`. */
function walk(
  c: Pick<Case, 'scaled' | 'metrics' | 'goesTo'>,
  optimizer: Optimizer,
  scheduler: Scheduler,
  from: number,
  to: number,
): { rates: number[][]; momenta: number[][] } {
  const [rates, momenta]: [number[][], number[][]] = [[], []];
  for (let epoch = from; epoch < to; epoch++) {
    rates.push(ratesOf(optimizer));
    momenta.push(momentaOf(optimizer));
    expect(scheduler.getLastLr()).toEqual(rates.at(-1));
    const [when, factor] = c.scaled ?? [];
    if (factor !== undefined && epoch === when) for (const group of optimizer.paramGroups) group.lr *= factor;
    const to = c.goesTo?.[epoch] ?? null;
    scheduler.step(to === null ? c.metrics?.[epoch] : { epoch: to });
  }
  return { rates, momenta };
}

for (const c of cases) {
  describe(c.name, () => {
    test('goes the same way', () => {
      const optimizer = makeOptimizer(c.optimizer);
      const walked = walk(c, optimizer, makeScheduler(c, optimizer), 0, c.rates.length);
      expect(differences(walked, { rates: c.rates, momenta: c.momenta ?? [] })).toEqual([]);
    });

    test('has the same state, and goes on from it', () => {
      const first = makeOptimizer(c.optimizer);
      const before = makeScheduler(c, first);
      walk(c, first, before, 0, half);
      expect(differences(before.stateDict(), c.stateDict)).toEqual([]);
      // What PyTorch 1 does not save: which curve is followed is a function there, and cycles do not know of betas.
      const known = [...Object.keys(c.stateDict), '_anneal_func_type', '_anneal_strategy', 'use_beta1'];
      expect(Object.keys(before.stateDict()).filter((key) => !known.includes(key))).toEqual([]);
      expect(differences(first.stateDict().param_groups[0], c.group)).toEqual([]);

      const optimizer = makeOptimizer(c.optimizer);
      const scheduler = makeScheduler(c, optimizer);
      optimizer.loadStateDict(first.stateDict());
      scheduler.loadStateDict(c.stateDict);
      const walked = walk(c, optimizer, scheduler, half, c.rates.length);
      const [rates, momenta] = [c.rates.slice(half), c.momenta?.slice(half) ?? []];
      expect(differences(walked, { rates, momenta })).toEqual([]);
    });

    const { resumed, scaled: _, goesTo: __, ...rest } = c;
    if (!resumed) return;
    test('begins after an epoch', () => {
      const first = makeOptimizer(c.optimizer);
      walk(c, first, makeScheduler(c, first), 0, half);
      const optimizer = makeOptimizer(c.optimizer);
      optimizer.loadStateDict(first.stateDict());
      const scheduler = makeScheduler(c, optimizer, { lastEpoch: half });
      expect(differences(walk(rest, optimizer, scheduler, 0, resumed.length).rates, resumed)).toEqual([]);
    });
  });
}

describe('refuses what PyTorch refuses', () => {
  test.each(errors)('$scheduler $arguments $options: $error', (made) => {
    const optimizer = makeOptimizer(made.optimizer);
    const start = ratesOf(optimizer);
    expect(() => makeScheduler(made, optimizer)).toThrow(
      expect.objectContaining({ name: 'ValueError', message: expect.stringMatching(/^(\w+): .+\. [A-Z].+\.$/) }),
    );
    expect(ratesOf(optimizer)).toEqual(start);
  });
});
