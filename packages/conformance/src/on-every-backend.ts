// A suite once for each backend there is, each the default while its tests run.

import { useBackend } from '@rushlight/core';
import { beforeAll, describe } from 'vitest';
import { backends } from './backends.ts';

export function onEveryBackend(suite: () => void): void {
  for (const backend of backends) {
    describe(backend.name, () => {
      beforeAll(async () => {
        await useBackend(backend.create());
      });
      suite();
    });
  }
}
