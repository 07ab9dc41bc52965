// The suite on the definition itself, watched: what passes here is what the contract says, and core keeps to it.

import { checked, reference } from '@rushlight/core/testing';
import { testBackend } from './index.ts';

testBackend(checked(reference()));
