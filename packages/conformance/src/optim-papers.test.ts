// Optimizers that PyTorch 1.13 has not walk the way of their papers for 25 steps, over a reload in between.

import type { Tensor } from '@rushlight/core';
import { describe, expect } from 'vitest';
import { differences, elements, tolerances, within, type Tolerance } from './compare.ts';
import { make, readFixture, type EncodedTensor, type Num } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { construct, resumed, setGrads, type OptimizerCase } from './optimizer-case.ts';

type Lists = readonly (readonly Num[])[];

interface PaperCase extends OptimizerCase {
  readonly after: Readonly<Record<string, Lists>>;
  /** By name and parameter. */
  readonly state: Readonly<Record<string, Lists>>;
}

interface PaperFixture {
  readonly start: readonly EncodedTensor[];
  readonly grads: readonly (readonly (readonly Num[] | null)[])[];
  readonly cases: readonly PaperCase[];
}

const { start, grads, cases } = readFixture<PaperFixture>('conformance/fixtures', 'optim-papers');

/** Newton and Schulz's iteration makes small singular values hundreds of times larger, and what they were rounded by. */
const loose: Tolerance = { absolute: 2e-4, relative: 0 };

onEveryBackend(() => {
  describe.each(cases)('$name', (c) => {
    test.each(['float64', 'float32'] as const)('25 steps of %s parameters', async (dtype) => {
      const tolerance = dtype === 'float32' && c.optimizer === 'Muon' ? loose : tolerances[dtype];
      const params = start.map(({ shape, data }) => make(dtype, shape, data, true));
      let optimizer = construct(c, params);
      const wrong: string[] = [];
      for (const [step, values] of grads.entries()) {
        if (step === 10) optimizer = resumed(c, params, optimizer);
        setGrads(params, values);
        optimizer.step();
        const expected = c.after[step + 1];
        if (!expected) continue;
        for (const [i, p] of params.entries())
          wrong.push(...within(`parameter ${i} after step ${step + 1}`, differences(await elements(p), expected[i] ?? [], tolerance))); // prettier-ignore
      }
      const { state } = optimizer.stateDict();
      const order = c.groups?.flatMap((group) => group.params) ?? params.keys();
      for (const [number, i] of [...order].entries()) {
        expect(Object.keys(state[number] ?? {})).toEqual(Object.keys(c.state));
        for (const [key, lists] of Object.entries(c.state))
          wrong.push(...within(`${key} of parameter ${i}`, differences(await elements(state[number]?.[key] as Tensor), lists[i] ?? [], tolerances[dtype]))); // prettier-ignore
      }
      expect(wrong).toEqual([]);
    });
  });
});
