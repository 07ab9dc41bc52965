// Every op of core against PyTorch: values, gradients, second gradients, and what it refuses.

import { linalg } from '@rushlight/core';
import { describe, expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayOp, type OpCase } from './replay-op.ts';

onEveryBackend(() => {
  describe.each([
    'elementwise',
    'reductions',
    'movement',
    'matmul',
    'conv',
    'pool',
    'indexing',
    'special',
    'rearranging',
    'creation',
    'products',
    'sets',
    'counting',
    'options',
  ])('%s', (topic) => {
    const { cases } = readFixture<{ cases: OpCase[] }>('core/fixtures/ops', topic);
    for (const c of cases) {
      test(c.name, async () => {
        expect(await replayOp(c, { linalg })).toEqual([]);
      });
    }
  });
});
