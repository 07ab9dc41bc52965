// The suite on the definition itself, watched: what passes here is what the contract says, and core keeps to it. A part of it unless
// ENGINES=all: cpu, which passes all of it, is compared with the definition there.

import { checked, reference } from '@rushlight/core/testing';
import { testBackend } from './index.ts';

const all = process.env['ENGINES'] === 'all';

testBackend({ name: 'reference', create: () => checked(reference()).create(), oneIn: all ? 1 : 4 });
