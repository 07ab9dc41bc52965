// Norms over groups, instances and neighbours, embedding bags and other layers: initial weights, outputs, gradients, memory.

import { manualSeed, ones } from '@rushlight/core';
import * as nn from '@rushlight/nn';
import { SGD } from '@rushlight/optim';
import { expect } from 'vitest';
import { differences, elements, tolerances } from './compare.ts';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayModule, type ModuleCase } from './replay-module.ts';

const { cases } = readFixture<{ cases: ModuleCase[] }>('conformance/fixtures', 'more-layers');

/** What each op drew on the first backend. */
const drawn = new Map<string, number[]>();

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replayModule(c)).toEqual([]);
    });
  }

  test('an optimizer refuses what a lazy layer has not made yet', () => {
    const model = new nn.Sequential(new nn.LazyLinear(2));
    const makeOptimizer = (): SGD => new SGD(model.parameters(), { lr: 0.5 });
    expect(makeOptimizer).toThrow('has no shape yet: it belongs to a lazy layer, which learns it from its first input. Call the model once before.'); // prettier-ignore
    model(ones([1, 3]));
    const optimizer = makeOptimizer();
    model(ones([1, 3]))
      .sum()
      .backward();
    optimizer.step();
  });

  test.each(['dropout', 'dropout1d', 'dropout2d', 'alphaDropout', 'featureAlphaDropout', 'rrelu'] as const)(
    '%s draws the same on every backend',
    async (op) => {
      manualSeed(5);
      const x = ones([7, 5, 3]).neg().transpose(0, 1);
      const found = await elements(nn.functional[op](x, { training: true }));
      const expected = drawn.get(op) ?? found;
      drawn.set(op, expected);
      expect(differences(found, expected, tolerances.float32)).toEqual([]);
    },
  );
});
