// A drawn launch, run on a backend and on the reference: every buffer must hold the same afterwards, also beside what was
// written, or the same check must have failed.

import fc from 'fast-check';
import {
  hostArray,
  KernelCheckError,
  type Backend,
  type Buffer,
  type DType,
  type Launch,
  type Operand,
} from '@rushlight/core/kernel';
import { dtypesOf, type Entry, type Harness } from '../harness.ts';
import { expectClose } from '../tolerance.ts';
import { Draw } from './draw.ts';
import type { DrawnOperand } from './draw-operand.ts';

export interface LaunchCase {
  readonly launch: Omit<Launch, 'operands'>;
  /** One that is there twice is in the same memory. */
  readonly operands: readonly DrawnOperand[];
  /** The operands of a dtype are parts of one buffer, as those of a loop may be. */
  readonly together?: boolean;
}

type Outcome = { readonly buffers: readonly Awaited<ReturnType<Backend['read']>>[] } | { readonly failure: string };

interface Place {
  readonly buffer: Buffer;
  readonly base: number;
}

/** Memory for the data of each operand, which it holds. */
function place(backend: Backend, drawn: readonly DrawnOperand[], together: boolean): Map<DrawnOperand, Place> {
  const places = new Map<DrawnOperand, Place>();
  for (const operand of drawn) {
    if (places.has(operand)) continue;
    const { dtype } = operand.type;
    const parts = together ? new Set(drawn.filter(({ type }) => type.dtype === dtype)) : [operand];
    let length = 0;
    for (const part of parts) length += part.data.length;
    const all = hostArray(dtype, length);
    const buffer = backend.allocate(dtype, length);
    let base = 0;
    for (const part of parts) {
      all.set(part.data, base);
      places.set(part, { buffer, base });
      base += part.data.length;
    }
    backend.write(buffer, all);
  }
  return places;
}

/** What a backend makes of a case. */
async function outcomeOf(
  backend: Backend,
  { launch, operands: drawn, together = false }: LaunchCase,
): Promise<Outcome> {
  // prettier-ignore
  const places = place(backend, drawn, together);
  const placed = drawn.map((operand) => ({ ...operand, ...(places.get(operand) as Place) }));
  const operands = placed.map(({ view, buffer, base }): Operand => ({ ...view, buffer, offset: view.offset + base }));
  try {
    backend.run({ ...launch, operands });
    return { buffers: await Promise.all(placed.map(({ buffer, base, data }) => backend.read(buffer, base, data.length))) }; // prettier-ignore
  } catch (error) {
    if (!(error instanceof KernelCheckError)) throw error;
    return { failure: `check ${error.check} with value ${error.value} at position ${error.position}` };
  } finally {
    for (const buffer of new Set(placed.map((operand) => operand.buffer))) backend.free(buffer);
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
      await fc.assert(property, { numRuns: Math.ceil(runs / harness.oneIn), seed: 20 });
    },
  };
}
