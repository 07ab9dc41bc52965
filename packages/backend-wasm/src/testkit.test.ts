// The conformance suite on the variants that options choose. See shared-backend.test.ts for one whose threads have all launches to
// share, without fused arithmetic, and engines/ for other engines: these run the same kernels and are tested in brief, unless ENGINES=all.

import { testBackend } from '@rushlight/backend-testkit';
import { wasm } from './wasm.ts';

const budget = 2 ** 28;

testBackend({ name: 'wasm, 1 thread', create: () => wasm({ budget, threads: 1 }).create() });
if (process.env.ENGINES === 'all')
  testBackend({
    name: 'wasm, 2 threads, no fused arithmetic',
    create: () => wasm({ budget, threads: 2, relaxed: false }).create(),
  });
