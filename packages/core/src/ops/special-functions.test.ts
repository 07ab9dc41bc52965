// Special functions where PyTorch's own answers are no measure: each number is mpmath's.

import { beforeAll, expect, test } from 'vitest';
import '../methods.ts';
import * as core from '../index.ts';
import { reference } from '../testing/index.ts';

const double = (...values: number[]) => core.tensor(values, { dtype: 'float64' });

/** The derivative at each element. */
function slopes(fn: (x: core.Tensor) => core.Tensor, x: core.Tensor): number[] {
  const leaf = x.detach().requiresGrad_();
  fn(leaf).sum().backward();
  return Array.from((leaf.grad as core.Tensor).dataSync());
}

beforeAll(async () => {
  await core.useBackend(reference());
});

test('the slope of i1 grows over all bounds with it, and is ½ at the smallest numbers', () => {
  expect(slopes(core.special.i1, core.tensor([100, -100]))).toEqual([Infinity, Infinity]);
  const [large, ...small] = slopes(core.special.i1, double(720, 5e-324, 0));
  expect(large).toBe(Infinity);
  for (const slope of small) expect(slope).toBeCloseTo(0.5, 14);
});

test('the slope of digamma is infinite at its poles, and falls to 0', () => {
  const [pole, near, far, end] = slopes(core.digamma, double(-1, -1e-10, 1e200, Infinity));
  expect([pole, far, end]).toEqual([Infinity, 1e-200, 0]);
  expect((near ?? 0) / 1e20).toBeCloseTo(1, 14);
});

test('lgamma of the smallest numbers is the logarithm of their inverse', () => {
  const [above, below] = core.lgamma(double(5e-324, -5e-324)).dataSync();
  expect([above, below]).toEqual([744.4400719213812, 744.4400719213812]);
});

test('sphericalBesselJ0 has all digits where it is a series', () => {
  expect(core.special.sphericalBesselJ0(double(-0.4629)).itemSync()).toBeCloseTo(0.9646679385732551, 15);
});

test('polynomials are differentiable, and refuse what is no degree', () => {
  const { chebyshevPolynomialT, hermitePolynomialH } = core.special;
  expect(slopes((x) => chebyshevPolynomialT(x, 3), double(0.5, 2))).toEqual([0, 45]);
  expect(slopes((x) => hermitePolynomialH(x, core.tensor([2, 3], { dtype: 'int32' })), double(1, 2))).toEqual([8, 84]);
  expect(() => chebyshevPolynomialT(double(1), NaN)).toThrow(
    'chebyshevPolynomialT: the degree is NaN. Pass a whole number.',
  );
  expect(() => chebyshevPolynomialT(double(1), double(1, Infinity))).toThrow(
    'chebyshevPolynomialT: a degree is Infinity. Pass whole numbers.',
  );
});

test('unravelIndex counts from the end below 0, and takes integers alone', () => {
  const found = core.unravelIndex(core.tensor([-1, 24], { dtype: 'int32' }), [2, 3, 4]);
  expect(found.map((x) => x.toArraySync())).toEqual([[1, 0], [2, 0], [3, 0]]); // prettier-ignore
  expect(() => core.unravelIndex(core.tensor([1]), [2])).toThrow(
    "unravelIndex: the indices are float32. Convert them with `.to('int32')`.",
  );
});

test('pcaLowrank and svdLowrank say what q can be', () => {
  const x = core.ones([4, 5]);
  expect(() => core.svdLowrank(x)).toThrow('svdLowrank: q is 6. It must be a whole number from 0 to 4.');
  expect(() => core.pcaLowrank(x, { niter: 0.5 })).toThrow('pcaLowrank: niter is 0.5. It must be a whole number ≥ 0.');
});

test('what is made on the way is freed', () => {
  const [x, y, index] = [core.rand([4, 4]), core.rand([4, 4]).add(3), core.arange(2)];
  const [source, mask, degrees, column] = [core.ones([2, 4]), x.gt(0.5), core.arange(4), core.ones([2])];
  const live = (): number => core.memory()[x.device.name]?.liveBuffers ?? 0;
  const { legendrePolynomialP } = core.special;
  for (const run of [
    () => x.cumsum_(0),
    () => x.cumprod_(1),
    () => x.tril_(),
    () => x.addmm_(y, y),
    () => x.put_(index, column),
    () => x.indexReduce_(0, index, source, 'mean'),
    () => x.maskedScatter_(mask, y),
    () => y.mvlgamma(2).dispose(),
    () => core.normal(x, y).dispose(),
    () => legendrePolynomialP(y, 4).dispose(),
    () => legendrePolynomialP(y, degrees).dispose(),
  ]) {
    run();
    const before = live();
    run();
    expect([String(run), live() - before]).toEqual([String(run), 0]);
  }
});
