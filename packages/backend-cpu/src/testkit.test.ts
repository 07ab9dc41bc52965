// The conformance suite on both ways of making code, with nothing left out.

import { testBackend } from '@rushlight/backend-testkit';
import { cpu } from './cpu.ts';

testBackend(cpu());
testBackend({ name: 'cpu, closures', create: () => cpu({ codegen: 'closures' }).create() });
