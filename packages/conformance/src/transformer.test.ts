// Transformers: initial weights, state dicts, outputs and gradients of the layers, the stacks and the whole.

import * as nn from '@rushlight/nn';
import { expect } from 'vitest';
import { tensorDifferences } from './compare.ts';
import { readFixture, type EncodedTensor } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayModule, type ModuleCase } from './replay-module.ts';

interface MaskCase {
  readonly name: string;
  readonly size: number;
  readonly expected: EncodedTensor;
}

const { cases } = readFixture<{ cases: (ModuleCase | MaskCase)[] }>('conformance/fixtures', 'transformer');

const differences = async (c: ModuleCase | MaskCase): Promise<string[]> =>
  'size' in c ? tensorDifferences(nn.Transformer.generateSquareSubsequentMask(c.size), c.expected) : replayModule(c);

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await differences(c)).toEqual([]);
    });
  }
});
