// Each optimizer walks PyTorch's way for 25 steps, over a reload in between, and ends in PyTorch's state; clipping.

import type { Tensor } from '@rushlight/core';
import { clipGradNorm_, clipGradValue_ } from '@rushlight/optim';
import { expect } from 'vitest';
import { differences, elements, refusalDifferences, resultDifferences, tolerances, within } from './compare.ts';
import { decode, decodeTensor, make, readFixture, type Encoded, type EncodedTensor, type Num } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { construct, resumed, setGrads, type OptimizerCase } from './optimizer-case.ts';

interface WalkCase extends OptimizerCase {
  /** All parameters after some of the steps. */
  readonly after: Readonly<Record<string, readonly (readonly Num[])[]>>;
  readonly stateDict: { readonly state: Encoded; readonly param_groups: Encoded };
}

interface ClipCase {
  readonly name: string;
  readonly clip: 'clipGradNorm_' | 'clipGradValue_';
  readonly grads: readonly (EncodedTensor | null)[];
  readonly args: readonly Encoded[];
  readonly options: Encoded;
  readonly total?: EncodedTensor | null;
  readonly error?: string;
  readonly after: readonly (readonly Num[] | null)[];
}

interface OptimFixture {
  readonly start: readonly EncodedTensor[];
  /** By step and parameter. */
  readonly grads: readonly (readonly (readonly Num[] | null)[])[];
  readonly cases: readonly (WalkCase | ClipCase)[];
}

const { start, grads, cases } = readFixture<OptimFixture>('conformance/fixtures', 'optim');
const optimizers = cases.filter((c) => 'optimizer' in c);
const clips = cases.filter((c) => 'clip' in c);

function parameters(): Tensor[] {
  return start.map(({ dtype, shape, data }) => make(dtype, shape, data, true));
}

async function parameterDifferences(
  when: string,
  params: readonly Tensor[],
  expected: readonly (readonly Num[] | null)[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [i, p] of params.entries()) {
    wrong.push(
      ...within(`parameter ${i} ${when}`, differences(await elements(p), expected[i] ?? [], tolerances.float32)),
    );
  }
  return wrong;
}

async function gradDifferences(
  params: readonly Tensor[],
  expected: readonly (readonly Num[] | null)[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [i, { grad }] of params.entries()) {
    const e = expected[i];
    if (!grad || !e) wrong.push(...(grad || e ? [`gradient ${i} is ${grad ? 'there' : 'gone'}`] : []));
    else wrong.push(...within(`gradient ${i}`, differences(await elements(grad), e, tolerances.float32)));
  }
  return wrong;
}

onEveryBackend(() => {
  for (const c of optimizers) {
    test(`${c.name}: 25 steps`, async () => {
      const params = parameters();
      const optimizer = construct(c, params);
      const wrong: string[] = [];
      for (const [step, values] of grads.entries()) {
        setGrads(params, values);
        optimizer.step();
        const expected = c.after[step + 1];
        if (expected) wrong.push(...(await parameterDifferences(`after step ${step + 1}`, params, expected)));
      }
      wrong.push(...within('state dict', await resultDifferences(optimizer.stateDict(), c.stateDict as Encoded)));
      expect(wrong).toEqual([]);
    });

    test(`${c.name}: a new optimizer goes on from a state dict`, async () => {
      const params = parameters();
      let optimizer = construct(c, params);
      for (const [step, values] of grads.entries()) {
        if (step === 10) optimizer = resumed(c, params, optimizer);
        setGrads(params, values);
        optimizer.step();
      }
      expect(await parameterDifferences('at the end', params, c.after[grads.length] ?? [])).toEqual([]);
    });
  }

  for (const c of clips) {
    test(c.name, async () => {
      const params = c.grads.map((g) => {
        const p = make('float32', g?.shape ?? [1], g?.data.map(() => 0) ?? [0], true);
        p.grad = g && decodeTensor(g);
        return p;
      });
      const clip = { clipGradNorm_, clipGradValue_ }[c.clip] as (params: Tensor[], ...rest: unknown[]) => unknown;
      let total: unknown;
      const run = async (): Promise<unknown> => (total = await clip(params, ...c.args.map((arg) => decode(arg)), decode(c.options))); // prettier-ignore
      const wrong: string[] = [];
      if (c.error === undefined) await run();
      else wrong.push(...(await refusalDifferences(c.error, run)));
      if (c.total) wrong.push(...within('total norm', await resultDifferences(total, c.total)));
      expect([...wrong, ...(await gradDifferences(params, c.after))]).toEqual([]);
    });
  }
});
