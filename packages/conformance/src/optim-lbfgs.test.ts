// L-BFGS takes PyTorch's steps, closure by closure, and goes on from PyTorch's state and its own.

import { log1p, type Tensor } from '@rushlight/core';
import { LBFGS, type LBFGSOptions, type OptimizerStateDict } from '@rushlight/optim';
import { describe, expect } from 'vitest';
import { differences, elements, resultDifferences, within, type Tolerance } from './compare.ts';
import { decode, decodeTensor, readFixture, type Encoded, type EncodedTensor, type Num } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';

type Problem = 'rosenbrock' | 'leastSquares' | 'logistic';

interface LBFGSCase {
  readonly name: string;
  readonly problem: Problem;
  readonly options: Encoded;
  readonly steps: readonly { readonly loss: Num; readonly params: readonly (readonly Num[])[] }[];
  readonly middle: Encoded;
  readonly stateDict: Encoded;
}

interface LBFGSFixture {
  readonly data: Readonly<Record<'x' | 'y' | 'labels', EncodedTensor>>;
  readonly start: Readonly<Record<Problem, readonly EncodedTensor[]>>;
  readonly cases: readonly LBFGSCase[];
}

const { data, start, cases } = readFixture<LBFGSFixture>('conformance/fixtures', 'optim-lbfgs');

/** Every step takes up what the rounding of the ones before came to. */
const tolerance: Tolerance = { absolute: 1e-8, relative: 1e-7 };

const losses: Record<Problem, (...params: Tensor[]) => Tensor> = {
  rosenbrock(x) {
    const [left, right] = [(x as Tensor).narrow(0, 0, 3), (x as Tensor).narrow(0, 1, 3)];
    return right.sub(left.square()).square().mul(100).add(left.neg().add(1).square()).sum();
  },
  leastSquares(w, b) {
    const error = decodeTensor(data.x).matmul(w as Tensor).add(b as Tensor).sub(decodeTensor(data.y)); // prettier-ignore
    return error.square().mean().add((w as Tensor).pow(4).sum().mul(0.01)); // prettier-ignore
  },
  logistic(w, b) {
    const z = decodeTensor(data.x).matmul(w as Tensor).add(b as Tensor); // prettier-ignore
    const error = log1p(z.abs().neg().exp())
      .add(z.clamp({ min: 0 }))
      .sub(z.mul(decodeTensor(data.labels)));
    return error.mean().add((w as Tensor).square().sum().mul(0.05));
  },
};

class Descent {
  readonly params: Tensor[];
  readonly #problem: Problem;
  readonly #isAsync: boolean;
  optimizer: LBFGS;

  constructor({ problem, options }: LBFGSCase, isAsync = false) {
    this.#problem = problem;
    this.#isAsync = isAsync;
    this.params = start[problem].map((p) => decodeTensor(p).requiresGrad_());
    this.optimizer = new LBFGS(this.params, decode(options) as Partial<LBFGSOptions>);
  }

  /** Moves the parameters to where PyTorch's were, and goes on with another optimizer. */
  async reload(params: readonly (readonly Num[])[], state: OptimizerStateDict): Promise<void> {
    for (const [k, p] of this.params.entries()) {
      const { shape } = p;
      p.detach().copy_(decodeTensor({ dtype: 'float64', shape, data: params[k] ?? [] }));
    }
    this.optimizer = new LBFGS(this.params, { lr: 123 });
    this.optimizer.loadStateDict(state);
  }

  async step(): Promise<number> {
    const closure = (): Tensor => {
      this.optimizer.zeroGrad();
      const loss = losses[this.#problem](...this.params);
      loss.backward();
      return loss;
    };
    if (!this.#isAsync) return (await this.optimizer.step(closure)).item();
    return this.optimizer.step(async () => (await Promise.resolve(closure())).item());
  }

  async differences(k: number, expected: LBFGSCase['steps'][number], loss?: number): Promise<string[]> {
    const wrong: string[] = [];
    if (loss !== undefined) wrong.push(...within(`loss of step ${k}`, differences([loss], [expected.loss], tolerance)));
    for (const [i, p] of this.params.entries())
      wrong.push(...within(`parameter ${i} after step ${k}`, differences(await elements(p), expected.params[i] ?? [], tolerance))); // prettier-ignore
    return wrong;
  }
}

onEveryBackend(() => {
  describe.each(cases)('$name', (c) => {
    test.each([false, true])('its steps and its state; with an async closure: %s', async (isAsync) => {
      const descent = new Descent(c, isAsync);
      const wrong: string[] = [];
      for (const [k, expected] of c.steps.entries()) wrong.push(...(await descent.differences(k, expected, await descent.step()))); // prettier-ignore
      wrong.push(...within('state dict', await resultDifferences(descent.optimizer.stateDict(), c.stateDict, { tolerance }))); // prettier-ignore
      expect(wrong).toEqual([]);
    });

    test.each(['own', "PyTorch's"])('goes on from its %s state dict', async (whose) => {
      const descent = new Descent(c);
      for (let k = 0; k < 2; k++) await descent.step();
      const state = whose === 'own' ? descent.optimizer.stateDict() : (decode(c.middle) as OptimizerStateDict);
      await descent.reload(c.steps[1]?.params ?? [], state);
      const wrong: string[] = [];
      for (const [k, expected] of c.steps.slice(2).entries()) wrong.push(...(await descent.differences(k + 2, expected, await descent.step()))); // prettier-ignore
      expect(wrong).toEqual([]);
    });
  });
});
