// The backends that every fixture is replayed on. A new one is a line here.

import { cpu } from '@rushlight/backend-cpu';
import { wasm } from '@rushlight/backend-wasm';
import type { BackendFactory } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';

interface BackendUnderTest {
  readonly name: string;
  readonly create: () => BackendFactory;
}

// The testkit compares each of them with the definition, so that PyTorch need not be compared with that every time.
const all: readonly BackendUnderTest[] = [
  ...(process.env['ENGINES'] === 'all' ? [{ name: 'reference', create: () => reference() }] : []),
  { name: 'cpu', create: () => cpu() },
  { name: 'wasm', create: () => wasm() },
];

/** What was built is the same code: one backend says so. */
export const backends = process.env['TEST_BUILT'] ? all.slice(-1) : all;
