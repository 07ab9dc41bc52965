// The suite on the definition itself, watched: what passes here is what the contract says, and core keeps to it. In brief, as cpu's
// tests have the rest, unless ENGINES=all.

import { checked, reference } from '@rushlight/core/testing';
import { testBackend } from './index.ts';

testBackend({ ...checked(reference()), brief: process.env['ENGINES'] !== 'all' });
