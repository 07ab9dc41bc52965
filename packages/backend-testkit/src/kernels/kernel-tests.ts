// Everything below the operations: launches, straight on the backend.

import type { Entry } from '../harness.ts';
import { bufferTests } from './buffers.ts';
import { indexedTests } from './indexed.ts';
import { lifecycleTests } from './lifecycle.ts';
import { loopTests } from './loops.ts';
import { orderedTests } from './ordered.ts';
import { productTests } from './products.ts';
import { scalarFunctionTests } from './scalar-functions.ts';

export const kernelTests: readonly Entry[] = [
  ...bufferTests,
  ...lifecycleTests,
  ...scalarFunctionTests,
  ...loopTests,
  ...productTests,
  ...indexedTests,
  ...orderedTests,
];
