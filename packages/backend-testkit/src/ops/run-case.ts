// Running a case on a device, reading all that came out, and comparing with the reference.

import { autograd, isTensor, manualSeed, type Device, type DType, type Tensor } from '@rushlight/core';
import { hostArray, isFloat, sizeOf, toFloat16Bits, type TypedArray } from '@rushlight/core/kernel';
import type { Harness } from '../harness.ts';
import { expectClose, loosened } from '../tolerance.ts';
import { fromElements, makeInput, type Layout } from './inputs.ts';
import { isDifferentiable, type OpCase } from './op-case.ts';

interface Read {
  readonly what: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** `fused`: the kernel derived for the gradient; `graph`: the same rule in differentiable operations. */
type GradientMode = 'none' | 'fused' | 'graph';

export interface CaseRun {
  readonly dtype: DType;
  readonly layout: Layout;
  readonly gradient: GradientMode;
}

/** Weights without symmetry, so that no error cancels in a sum. */
function weightsLike(y: Tensor): Tensor {
  const data = hostArray(y.dtype, sizeOf(y.shape));
  for (let k = 0; k < data.length; k++) {
    const value = 0.5 + ((k * 0.6180339887498949) % 1);
    data[k] = y.dtype === 'float16' ? toFloat16Bits(value) : value;
  }
  return fromElements(data, y.dtype, y.shape, y.device);
}

/** What a case gives on a device: its outputs and, if asked, the gradients of its inputs. */
async function runOn(device: Device, one: OpCase, { dtype, layout, gradient }: CaseRun): Promise<Read[]> {
  manualSeed(7);
  const made = one.inputs.map((input, k) => makeInput(input, dtype, device, layout, k));
  const leaves = one.inputs.flatMap((input, k) => {
    const leaf = made[k]?.leaf;
    return gradient !== 'none' && leaf && isDifferentiable(input, dtype) ? [leaf.requiresGrad_()] : [];
  });
  const result = await one.run(...made.map(({ view }) => view()));
  const outputs: readonly Tensor[] = isTensor(result) ? [result] : result;
  const read = async (what: string, x: Tensor): Promise<Read> => ({ what, shape: x.shape, dtype: x.dtype, data: await x.data() }); // prettier-ignore
  const reads = await Promise.all(outputs.map((y, k) => read(`output ${k}`, y.detach())));
  const roots = outputs.filter((y) => y.requiresGrad && isFloat(y.dtype));
  if (leaves.length === 0 || roots.length === 0) return reads;
  const gradients = autograd.grad(roots, leaves, {
    gradOutputs: roots.map(weightsLike),
    createGraph: gradient === 'graph',
    allowUnused: true,
  });
  for (const [k, grad] of gradients.entries())
    if (grad) reads.push(await read(`gradient of input ${k}`, grad.detach()));
  return reads;
}

/** What the reference gave, for the next backend that a process tests: it gives the same to each. */
const expectations = new WeakMap<OpCase, Map<string, Read[]>>();

async function expectedOf(reference: Device, one: OpCase, run: CaseRun): Promise<Read[]> {
  const known = expectations.get(one) ?? new Map<string, Read[]>();
  expectations.set(one, known);
  const name = Object.values(run).join();
  const reads = known.get(name) ?? (await runOn(reference, one, run));
  known.set(name, reads);
  return reads;
}

/** Runs a case on both and compares what it gives. */
export async function compareRuns(
  { device, reference, tolerances }: Harness,
  one: OpCase,
  run: CaseRun,
): Promise<void> {
  if (one.sync && !device.backend.readSync) return refusesToRead(device, one, run);
  const [actual, expected] = [await runOn(device, one, run), await expectedOf(reference, one, run)];
  const shapes = one.inputs.map(({ shape }) => `[${shape}]`).join(' and ');
  const where = `${one.op} on ${shapes} of ${run.dtype}, ${run.layout}`;
  if (actual.length !== expected.length)
    throw new Error(`${where}: ${actual.length} results, the reference has ${expected.length}.`);
  expected.forEach((want, k) => {
    const got = actual[k];
    const what = `${where}: ${want.what}`;
    if (got?.dtype !== want.dtype) throw new Error(`${what} is ${got?.dtype}, the reference has ${want.dtype}.`);
    if (got.shape.join() !== want.shape.join())
      throw new Error(`${what} is [${got.shape}], the reference has [${want.shape}].`);
    // A gradient chains several operations, each rounded.
    const allowed = want.what.startsWith('gradient') ? loosened(tolerances, 10) : tolerances;
    // In float16 the inputs of a rounded step are rounded already.
    expectClose(what, want.dtype, got.data, want.data, allowed[lowest(want.dtype, run.dtype)]);
  });
}

/** A device that is read asynchronously says so, and what to do instead. */
async function refusesToRead(device: Device, one: OpCase, run: CaseRun): Promise<void> {
  const said = await runOn(device, one, run).then(() => 'nothing', String);
  if (!said.includes('cannot be read synchronously'))
    throw new Error(`${one.op}: it should refuse to read, and said ${said}.`);
}

/** Of two dtypes the one with fewer bits, if both are floats: a float16 input limits a float32 result. */
const lowest = (x: DType, y: DType): DType =>
  isFloat(x) && isFloat(y) && (y === 'float16' || x === 'float64') ? y : x;
