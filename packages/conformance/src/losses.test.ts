// Every loss over all its options against PyTorch: of classes, of single elements, of margins, and of sequences.

import { expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayOp, type OpCase } from './replay-op.ts';

const cases = ['cross-entropy', 'element-losses', 'margin-losses', 'ctc-loss'].flatMap(
  (name) => readFixture<{ cases: OpCase[] }>('conformance/fixtures', name).cases,
);

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replayOp(c)).toEqual([]);
    });
  }
});
