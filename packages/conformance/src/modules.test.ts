// Layers with several inputs, outputs or a memory.

import { expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayModule, type ModuleCase } from './replay-module.ts';

const { cases } = readFixture<{ cases: ModuleCase[] }>('conformance/fixtures', 'modules');

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replayModule(c)).toEqual([]);
    });
  }
});
