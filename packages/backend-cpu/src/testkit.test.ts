// The conformance suite on both ways of making code, with nothing left out. Of the second a part is tested, in brief, unless
// ENGINES=all: it computes what the first does.

import { testBackend } from '@rushlight/backend-testkit';
import { cpu } from './cpu.ts';

const all = process.env['ENGINES'] === 'all';

testBackend(cpu());
testBackend({
  name: 'cpu, closures',
  create: () => cpu({ codegen: 'closures' }).create(),
  brief: !all,
  oneIn: all ? 1 : 6,
});
