// The conformance suite on both ways of making code, with nothing left out. What was built runs the same kernels: it takes no
// differences, unless ENGINES=all.

import { testBackend } from '@rushlight/backend-testkit';
import { cpu } from './cpu.ts';

const differences = !process.env['TEST_BUILT'] || process.env['ENGINES'] === 'all';

testBackend({ ...cpu(), differences });
// What was built is the same code: one way says so.
if (!process.env['TEST_BUILT'])
  testBackend({ name: 'cpu, closures', create: () => cpu({ codegen: 'closures' }).create() });
