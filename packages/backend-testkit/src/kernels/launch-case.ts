// A drawn launch, run on a backend and on the reference: every buffer must hold the same afterwards, also beside what was
// written, or the same check must have failed.

import fc from 'fast-check';
import { KernelCheckError, type Backend, type DType, type Launch, type Operand } from '@rushlight/core/kernel';
import { dtypesOf, type Entry, type Harness } from '../harness.ts';
import { expectClose } from '../tolerance.ts';
import { Draw } from './draw.ts';
import type { DrawnOperand } from './draw-operand.ts';

export interface LaunchCase {
  readonly launch: Omit<Launch, 'operands'>;
  readonly operands: readonly DrawnOperand[];
  /** Operand k lives in the buffer of operand sharing[k]; by default in its own. */
  readonly sharing?: readonly number[];
}

type Outcome = { readonly buffers: readonly Awaited<ReturnType<Backend['read']>>[] } | { readonly failure: string };

/** What a backend makes of a case. */
async function outcomeOf(backend: Backend, { launch, operands: drawn, sharing }: LaunchCase): Promise<Outcome> {
  const buffers = drawn.map(({ type, data }) => {
    const buffer = backend.allocate(type.dtype, data.length);
    backend.write(buffer, data);
    return buffer;
  });
  const operands = drawn.map(({ view }, k) => ({ ...view, buffer: buffers[sharing?.[k] ?? k] }) as Operand);
  try {
    backend.run({ ...launch, operands });
    return { buffers: await Promise.all(buffers.map((buffer) => backend.read(buffer, 0, buffer.length))) };
  } catch (error) {
    if (!(error instanceof KernelCheckError)) throw error;
    return { failure: `check ${error.check} with value ${error.value} at position ${error.position}` };
  } finally {
    for (const buffer of buffers) backend.free(buffer);
  }
}

/** Runs a case on both and compares, exactly. Launches that the backend leaves to core's lowering are passed over. */
async function compareCase({ device, reference }: Harness, drawn: LaunchCase): Promise<void> {
  const { program, sizes } = drawn.launch;
  if (device.backend.supports?.(program) === false) return;
  const expected = await outcomeOf(reference.backend, drawn);
  const actual = await outcomeOf(device.backend, drawn);
  const what = `${program.key} of [${sizes}]`;
  if ('failure' in expected || 'failure' in actual) {
    const say = (outcome: Outcome): string => ('failure' in outcome ? outcome.failure : 'no failure');
    if (say(actual) === say(expected)) return;
    throw new Error(`${what}: ${say(actual)}; the reference has ${say(expected)}.`);
  }
  expected.buffers.forEach((data, k) => {
    const { dtype = 'bool', strides = '' } = drawn.operands[k]?.type ?? {};
    const contents = actual.buffers[k];
    if (contents) expectClose(`${what}: operand ${k} ("${strides}")`, dtype, contents, data, { rtol: 0, atol: 0 });
  });
}

/** A test of so many random launches, the same ones every time. */
export function randomLaunches(
  name: string,
  runs: number,
  make: (draw: Draw, dtypes: readonly DType[]) => LaunchCase | undefined,
): Entry {
  return {
    name,
    async run(harness) {
      const dtypes = dtypesOf(harness);
      const property = fc.asyncProperty(fc.gen(), async (value) => {
        const drawn = make(new Draw(value), dtypes);
        if (drawn) await compareCase(harness, drawn);
      });
      await fc.assert(property, { numRuns: runs, seed: 20 });
    },
  };
}
