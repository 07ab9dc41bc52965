// All tests there are, by name.

import type { Entry } from './harness.ts';
import { kernelTests } from './kernels/kernel-tests.ts';
import { operationTests } from './ops/operation-tests.ts';

export const entries: readonly Entry[] = [...kernelTests, ...operationTests];
