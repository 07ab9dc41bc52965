// Runs in suites that share a worker and its modules: what one of them leaves behind, the next does not find.

import { afterAll, vi } from 'vitest';
import { devices } from './packages/core/src/device.ts';

// Registered before any hook of the suite, and so the last to run.
afterAll(() => {
  vi.restoreAllMocks();
  for (const device of devices()) device.dispose();
});
