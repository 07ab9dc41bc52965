// Functions of nn.functional that are not core's: values, gradients and second gradients.

import { expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayOp, type OpCase } from './replay-op.ts';

const { cases } = readFixture<{ cases: OpCase[] }>('conformance/fixtures', 'functional');

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replayOp(c)).toEqual([]);
    });
  }
});
