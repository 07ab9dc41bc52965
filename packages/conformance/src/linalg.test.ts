// linalg against PyTorch: values, gradients, second gradients, and what it refuses.

import {
  linalg, pcaLowrank, svdLowrank, type PcaLowrankOptions, type SvdLowrankOptions, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { expect } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { replayOp, type OpCase } from './replay-op.ts';

/** Columns of v with the sign at which the largest component is positive, and others turned alike. */
function turn(v: Tensor, ...others: Tensor[]): Tensor[] {
  const at = v.detach().abs().argmax(-2, { keepdim: true });
  const sign = v.detach().gather(-2, at).sign();
  return [v, ...others].map((x) => x.mul(sign));
}

function turnedPairs(U: Tensor, S: Tensor, V: Tensor): Record<string, Tensor | undefined> {
  const k = S.shape.at(-1) ?? 0;
  const [u, v] = turn(U.narrow(-1, 0, k), V.narrow(-1, 0, k));
  return { U: u, S, V: v };
}

/** What has no sign of its own, turned to one. */
const signed = {
  eigh(x: Tensor, options?: linalg.EighOptions) {
    const { eigenvalues, eigenvectors } = linalg.eigh(x, options);
    return { eigenvalues, eigenvectors: turn(eigenvectors)[0] };
  },
  svd(x: Tensor, { fullMatrices = false }: linalg.SVDOptions = {}) {
    const { U, S, Vh } = linalg.svd(x, { fullMatrices });
    return turnedPairs(U, S, Vh.transpose(-2, -1));
  },
  torchSvd(x: Tensor, options: { some?: boolean } = {}) {
    const { U, S, V } = x.svd(options);
    return turnedPairs(U, S, V);
  },
  svdLowrank(x: Tensor, options?: SvdLowrankOptions) {
    const { U, S, V } = svdLowrank(x, options);
    return turnedPairs(U, S, V);
  },
  pcaLowrank(x: Tensor, options?: PcaLowrankOptions) {
    const { U, S, V } = pcaLowrank(x, options);
    return turnedPairs(U, S, V);
  },
  lstsq: (a: Tensor, b: Tensor) => linalg.lstsq(a, b).solution,
};

const cases = ['linalg', 'linalg-values', 'low-rank'].flatMap(
  (name) => readFixture<{ cases: OpCase[] }>('core/fixtures', name).cases,
);

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replayOp(c, { linalg, signed })).toEqual([]);
    });
  }
});
