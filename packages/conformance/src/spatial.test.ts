// Functions over one to three spatial dims: values, gradients, second gradients, and what is refused.

import { manualSeed } from '@rushlight/core';
import { describe, expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayModule, type ModuleCase } from './replay-module.ts';
import { replayOp, type OpCase } from './replay-op.ts';

interface SeededCase extends OpCase {
  /** Of what the operation draws. */
  readonly seed?: number;
}

const layers = ['spatial-layers', 'spatial-convs'];

onEveryBackend(() => {
  describe.each(['spatial', 'spatial-sampling'])('%s', (topic) => {
    for (const c of readFixture<{ cases: SeededCase[] }>('conformance/fixtures', topic).cases) {
      test(c.name, async () => {
        if (c.seed !== undefined) manualSeed(c.seed);
        expect(await replayOp(c)).toEqual([]);
      });
    }
  });

  describe.each(layers)('%s', (topic) => {
    for (const c of readFixture<{ cases: ModuleCase[] }>('conformance/fixtures', topic).cases) {
      test(c.name, async () => {
        expect(await replayModule(c)).toEqual([]);
      });
    }
  });
});
