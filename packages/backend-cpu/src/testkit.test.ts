// The conformance suite on both ways of making code, with nothing left out.

import { testBackend } from '@rushlight/backend-testkit';
import { cpu } from './cpu.ts';

testBackend(cpu());
// What was built is the same code: one way says so.
if (!process.env['TEST_BUILT'])
  testBackend({ name: 'cpu, closures', create: () => cpu({ codegen: 'closures' }).create() });
