// The conformance suite on the variants that options choose. See shared-backend.test.ts for one whose threads have all launches to
// share, and engines/ for other engines: those run the same kernels and take no differences, nor does what was built, unless
// ENGINES=all.

import { testBackend } from '@rushlight/backend-testkit';
import { wasm } from './wasm.ts';

const budget = 2 ** 28;

testBackend({
  name: 'wasm, 1 thread',
  create: () => wasm({ budget, threads: 1 }).create(),
  differences: !process.env.TEST_BUILT || process.env.ENGINES === 'all',
});
// What was built is the same code: one variant says so.
if (!process.env.TEST_BUILT) {
  testBackend({
    name: 'wasm, 2 threads, no fused arithmetic',
    create: () => wasm({ budget, threads: 2, relaxed: false }).create(),
  });
}
