import { testBackend } from '@rushlight/backend-testkit';
import { wasm } from './wasm.ts';

testBackend({ name: 'wasm', create: () => wasm({ budget: 2 ** 28 }).create() });
