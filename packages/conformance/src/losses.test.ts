// Cross-entropy over all its options, nll and mse against PyTorch.

import { expect, test } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend } from './on-every-backend.ts';
import { replayOp, type OpCase } from './replay-op.ts';

const { cases } = readFixture<{ cases: OpCase[] }>('conformance/fixtures', 'cross-entropy');

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replayOp(c)).toEqual([]);
    });
  }
});
