// The tests that every operation gets from its cases.

import { autograd, type Tensor } from '@rushlight/core';
import { isTensor } from '@rushlight/core';
import { isFloat } from '@rushlight/core/kernel';
import { dtypesOf, type Entry, type Harness } from '../harness.ts';
import { isLaidOut, layouts, makeInput } from './inputs.ts';
import { byOp, elementsOf, floats, isDifferentiable, type OpCase } from './op-case.ts';
import { compareRuns } from './run-case.ts';

const dtypesFor = (harness: Harness, one: OpCase) =>
  (one.dtypes ?? floats).filter((dtype) => dtypesOf(harness).includes(dtype));

/** Large cases are there for sizes past a workgroup; layouts are for small ones, differences for still smaller ones. */
const isSmall = (one: OpCase): boolean => elementsOf(one) <= 150;
const isTiny = (one: OpCase): boolean => elementsOf(one) > 0 && elementsOf(one) <= 50;
const hasGradient = (one: OpCase): boolean => one.gradient ?? true;

async function values(harness: Harness, cases: readonly OpCase[]): Promise<void> {
  for (const one of cases) {
    for (const dtype of dtypesFor(harness, one))
      await compareRuns(harness, one, { dtype, layout: 'dense', gradient: 'none' });
  }
}

/** Dense is what the values and the gradients are compared in. */
async function inLayouts(harness: Harness, cases: readonly OpCase[]): Promise<void> {
  for (const one of cases.filter((c) => isSmall(c) && c.inputs.some(({ shape }) => shape.length > 0))) {
    const dtype = dtypesFor(harness, one).find((d) => d === 'float32') ?? dtypesFor(harness, one)[0];
    if (!dtype) continue;
    for (const layout of layouts.filter((other) => one.inputs.some(({ shape }) => isLaidOut(other, shape))))
      await compareRuns(harness, one, { dtype, layout, gradient: hasGradient(one) ? 'fused' : 'none' });
  }
}

async function gradients(harness: Harness, cases: readonly OpCase[]): Promise<void> {
  for (const one of cases.filter(hasGradient)) {
    for (const dtype of dtypesFor(harness, one).filter(isFloat)) {
      for (const gradient of ['fused', 'graph'] as const)
        await compareRuns(harness, one, { dtype, layout: 'dense', gradient });
    }
  }
}

/** Finite differences need float64 and a device that can be read at once. */
function differences({ device }: Harness, cases: readonly OpCase[]): string | undefined {
  const { backend } = device;
  if (!backend.limits.dtypes.includes('float64'))
    return 'it has no float64; float32 gradients are compared with the reference';
  if (!backend.readSync) return 'it cannot be read synchronously; gradients are compared with the reference';
  const smooth = cases.filter((c) => hasGradient(c) && (c.dtypes ?? floats).includes('float64'));
  for (const one of smooth.filter(isTiny)) {
    const inputs = one.inputs.map((input, k) => {
      const { leaf } = makeInput(input, 'float64', device, 'dense', k);
      return isDifferentiable(input, 'float64') ? leaf.requiresGrad_() : leaf;
    });
    const run = (...xs: Tensor[]): readonly Tensor[] => {
      const result = one.run(...xs);
      if (result instanceof Promise) throw new TypeError(`${one.op}: a case with a gradient runs synchronously.`);
      return isTensor(result) ? [result] : result;
    };
    if (!inputs.some((x) => x.requiresGrad)) continue;
    autograd.gradcheck(run, inputs);
    autograd.gradgradcheck(run, inputs);
  }
  return undefined;
}

/** The tests of all operations that the cases name. */
export function caseTests(cases: readonly OpCase[]): Entry[] {
  return [...byOp(cases)].flatMap(([op, own]): Entry[] => {
    const entries: Entry[] = [
      { name: `${op}: values`, run: (harness) => values(harness, own) },
      { name: `${op}: layouts`, isExtra: true, run: (harness) => inLayouts(harness, own) },
    ];
    if (!own.some((one) => hasGradient(one) && (one.dtypes ?? floats).some(isFloat))) return entries;
    return [
      ...entries,
      { name: `${op}: gradients`, isExtra: true, run: (harness) => gradients(harness, own) },
      { name: `${op}: gradcheck and gradgradcheck`, isExtra: true, run: (harness) => differences(harness, own) },
    ];
  });
}
