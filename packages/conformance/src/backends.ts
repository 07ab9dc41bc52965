// The backends that every fixture is replayed on. A new one is a line here.

import { cpu } from '@rushlight/backend-cpu';
import { wasm } from '@rushlight/backend-wasm';
import { webgpu } from '@rushlight/backend-webgpu';
import { driverInUse, whyNoDriver } from '@rushlight/backend-webgpu/testing';
import type { BackendFactory } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';

export interface BackendUnderTest {
  readonly name: string;
  readonly create: () => BackendFactory;
  /** Of the many cases of a fixture it replays one in so many. */
  readonly oneIn?: number;
  /** After so many cases it is opened anew: kernels of thousands take gigabytes where a driver is a program. */
  readonly renewed?: number;
  /** Why a case is not run on it: a fault of its driver; undefined for those that are. */
  readonly fault?: (name: string) => string | undefined;
  /** Why a case that threw cannot run on it; undefined where it should. */
  readonly lacks?: (error: unknown) => string | undefined;
}

const inFull = process.env['ENGINES'] === 'all';

/** WebGPU has no float64, some adapters have no float16, and it is never read at once. */
function lacksOnGpu(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  const { actual } = error as { readonly actual?: unknown };
  const isNarrower = Array.isArray(actual) && actual.every((text) => String(text).endsWith('dtype float32 instead of float64')); // prettier-ignore
  if (isNarrower || /\bhas no float64\b/.test(message)) return 'WebGPU has no float64';
  if (/\bhas no float16\b|\bruns in float16, which\b/.test(message)) return 'the adapter has no float16';
  return message.includes('cannot be read synchronously') ? 'WebGPU is not read synchronously' : undefined;
}

/** Kernels of 40 powers in a loop: lavapipe compiles them in half a second. */
const takesMinutes = /^zeta \[2,1\] \[3\]/;

function faultOfDriver(name: string): string | undefined {
  return driverInUse()?.name === 'swiftshader' && takesMinutes.test(name) ? 'SwiftShader compiles this for minutes' : undefined; // prettier-ignore
}

function whereThereIsOne(): readonly BackendUnderTest[] {
  const missing = whyNoDriver();
  if (missing === undefined) {
    return [
      {
        name: 'webgpu',
        create: () => webgpu(),
        oneIn: inFull ? 1 : 40,
        renewed: 100,
        lacks: lacksOnGpu,
        fault: faultOfDriver,
      },
    ];
  }
  if (/\bwebgpu\b/.test(process.env['REQUIRE_BACKENDS'] ?? '')) throw new Error(`REQUIRE_BACKENDS asks for webgpu: ${missing}`); // prettier-ignore
  process.stderr.write(`NOT RUN: the fixtures on webgpu: ${missing}.\n`);
  return [];
}

// The testkit compares each of them with the definition, so that PyTorch need not be compared with that every time.
const all: readonly BackendUnderTest[] = [
  ...(inFull ? [{ name: 'reference', create: () => reference() }] : []),
  { name: 'cpu', create: () => cpu() },
  ...(process.env['TEST_BUILT'] ? [] : whereThereIsOne()),
  { name: 'wasm', create: () => wasm() },
];

/** What was built is the same code: one backend says so. */
export const backends = process.env['TEST_BUILT'] ? all.slice(-1) : all;
