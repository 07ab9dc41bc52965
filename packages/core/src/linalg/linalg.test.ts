import { beforeAll, describe, expect, test } from 'vitest';
import '../methods.ts';
import { autograd, eye, linalg, luUnpackAsync, manualSeed, openBackend, randn, record, tensor, useBackend, zeros, type Backend, type Device, type Tensor } from '../index.ts'; // prettier-ignore
import { checked, nullBackend, reference } from '../testing/index.ts';

/** A backend that can only be read by waiting. */
let remote: Device;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(9);
  const { readSync: _, ...backend } = await reference().create();
  const waiting: Backend = { ...backend, name: 'remote' };
  remote = await openBackend(checked({ name: 'remote', create: () => waiting }));
});

const random = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64' });
const symmetric = (n: number): Tensor => {
  const x = random(n, n);
  return x.matmul(x.t()).add(eye(n, { dtype: 'float64' }));
};
const singular = (): Tensor =>
  tensor(
    [
      [1, 2],
      [2, 4],
    ],
    { dtype: 'float64' },
  );

/** The largest difference of two tensors. */
const apart = (x: Tensor, y: Tensor): number => (x.numel() === 0 ? 0 : x.sub(y).abs().amax().itemSync());

describe('factors multiply to what was factored, of sizes that take many steps', () => {
  const shapes = [[20, 20], [2, 17, 6], [6, 17], [1, 9], [9, 1]]; // prettier-ignore
  test.each(shapes)('%j', (...shape) => {
    const x = random(...shape);
    const { U, S, Vh } = linalg.svd(x, { fullMatrices: false });
    expect(apart(U.mul(S.unsqueeze(-2)).matmul(Vh), x)).toBeLessThan(1e-12);
    const { Q, R } = linalg.qr(x, { mode: 'complete' });
    expect(apart(Q.matmul(R), x)).toBeLessThan(1e-12);
    const { P, L, U: upper } = linalg.lu(x);
    expect(apart(P.matmul(L).matmul(upper), x)).toBeLessThan(1e-12);
  });

  test('full bases are orthonormal, where columns are missing or zero too', () => {
    const thin = random(7, 3).matmul(random(3, 5));
    for (const x of [random(7, 3), random(3, 7), thin, zeros([4, 3], { dtype: 'float64' })]) {
      const { U, Vh } = linalg.svd(x);
      for (const q of [U, Vh]) expect(apart(q.matmul(q.t()), eye(q.size(0), { dtype: 'float64' }))).toBeLessThan(1e-12);
    }
    expect(linalg.matrixRank(thin).itemSync()).toBe(3);
  });

  test('bases are orthonormal where columns are next to nothing', () => {
    const n = 40;
    const graded = random(n, n).mul(tensor(Array.from({ length: n }, (_, k) => 10 ** (-8 * k)), { dtype: 'float64' })); // prettier-ignore
    const { U, S, Vh } = linalg.svd(graded);
    expect(apart(U.mul(S).matmul(Vh), graded)).toBeLessThan(1e-13);
    const { Q } = linalg.qr(random(5, 5).mul(1e-318));
    for (const q of [U, Vh, Q]) expect(apart(q.t().matmul(q), eye(q.size(0), { dtype: 'float64' }))).toBeLessThan(1e-13); // prettier-ignore
  });

  test('tall matrices take memory as they are tall, no more', () => {
    const x = random(30_000, 2);
    const { solution } = linalg.lstsq(x, x);
    expect(apart(solution, eye(2, { dtype: 'float64' }))).toBeLessThan(1e-12);
    expect(linalg.svdvals(x.t()).shape).toEqual([2]);
  });

  test('a triangle that is not read may hold anything', () => {
    const x = tensor([[1, NaN], [0, 2]]); // prettier-ignore
    expect(linalg.eigvalsh(x).toArraySync()).toEqual([1, 2]);
    expect(linalg.eigvalsh(x.t(), { UPLO: 'U' }).toArraySync()).toEqual([1, 2]);
  });

  test('of many', async () => {
    const device = await openBackend(nullBackend());
    expect(linalg.matrixExp(zeros([200_000, 1, 1], { device })).shape).toEqual([200_000, 1, 1]);
  });

  test('least squares without columns leave everything', () => {
    const { residuals } = linalg.lstsq(zeros([2, 3, 0]), tensor([[1, 2], [3, 4], [5, 6]]), { driver: 'gelsd' }); // prettier-ignore
    expect(residuals.toArraySync()).toEqual([
      [35, 56],
      [35, 56],
    ]);
  });

  test('of symmetric matrices', () => {
    const x = symmetric(20);
    const { eigenvalues, eigenvectors } = linalg.eigh(x);
    expect(apart(eigenvectors.mul(eigenvalues).matmul(eigenvectors.t()), x)).toBeLessThan(1e-11);
    const l = linalg.cholesky(x);
    expect(apart(l.matmul(l.t()), x)).toBeLessThan(1e-11);
  });

  test('numbers far from 1 keep their digits', () => {
    const x = random(4, 4);
    const s = linalg.svdvals(x);
    for (const scale of [1e250, 1e-250]) expect(apart(linalg.svdvals(x.mul(scale)).div(scale), s)).toBeLessThan(1e-13);
    for (const scale of [1e307, 1e-250])
      expect(apart(linalg.eigvalsh(x.mul(scale)).div(scale), linalg.eigvalsh(x))).toBeLessThan(1e-13);
  });
});

describe('every device', () => {
  test('what fails is refused by the awaited form too', async () => {
    const x = await singular().to(remote);
    await expect(linalg.invAsync(x)).rejects.toThrow('inv: matrix is singular: pivot 2 is 0. Use invEx to go on, or pinv or lstsq.'); // prettier-ignore
    const { LU, pivots, info } = await linalg.luFactorExAsync(x);
    expect(await info.item()).toBe(2);
    expect(await (await luUnpackAsync(LU, pivots)).P.toArray()).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  test('norms without singular values read nothing', async () => {
    const x = await tensor([[3, 4]]).to(remote);
    expect(await linalg.norm(x).item()).toBe(5);
    expect(await linalg.matrixNorm(x, { ord: 1 }).item()).toBe(4);
    expect(await linalg.matrixPower(x.t().matmul(x), 2).toArray()).toEqual([
      [225, 300],
      [300, 400],
    ]);
  });
});

test('a recording factors anew each time it replays', () => {
  const x = symmetric(3);
  const out = zeros([3, 3], { dtype: 'float64' });
  const gradient = zeros([3, 3], { dtype: 'float64' });
  const recording = record(() => {
    const leaf = x.clone().requiresGrad_();
    const y = linalg.inv(leaf.t());
    out.copy_(y.detach());
    gradient.copy_(autograd.grad(y.sum(), leaf)[0] as Tensor);
  });
  const next = symmetric(3);
  x.copy_(next);
  recording.replay();
  const leaf = next.clone().requiresGrad_();
  const y = linalg.inv(leaf);
  expect(apart(out, y.detach())).toBe(0);
  expect(apart(gradient, (autograd.grad(y.sum(), leaf)[0] as Tensor).t())).toBeLessThan(1e-12);
});

describe('a recording in which elements decide more than values is refused where it does not hold', () => {
  test('matrixExp: of larger matrices', () => {
    const x = random(2, 3, 3);
    const out = zeros([2, 3, 3], { dtype: 'float64' });
    const recording = record(() => void out.copy_(linalg.matrixExp(x)));
    x.mul_(0.1);
    recording.replay();
    expect(apart(out, linalg.matrixExp(x))).toBeLessThan(1e-13);
    x.mul_(100);
    expect(() => recording.replay()).toThrow('matrixExp: a matrix is larger than where it was recorded, and has to be squared more often. Record it anew.'); // prettier-ignore
  });

  test('the gradient of det: of singular matrices', () => {
    const x = random(2, 2);
    const gradient = zeros([2, 2], { dtype: 'float64' });
    const recorded = (): ReturnType<typeof record> =>
      record(() => {
        const leaf = x.clone().requiresGrad_();
        gradient.copy_(autograd.grad(linalg.det(leaf), leaf)[0] as Tensor);
      });
    const regular = recorded();
    x.copy_(singular());
    expect(() => regular.replay()).toThrow('det: a matrix is singular, or nearly, and none was where its gradient was recorded. Record it anew.'); // prettier-ignore
    const general = recorded();
    x.copy_(tensor([[1, 2], [3, 4]])); // prettier-ignore
    general.replay();
    expect(apart(gradient, tensor([[4, -3], [-2, 1]], { dtype: 'float64' }))).toBeLessThan(1e-12); // prettier-ignore
  });

  test('lstsq: where residuals come or go', () => {
    const x = random(3, 2);
    const recording = record(() => void linalg.lstsq(x, x, { driver: 'gelsd' }));
    x.mul_(2);
    recording.replay();
    x.select(1, 0).zero_();
    expect(() => recording.replay()).toThrow('lstsq: a matrix has full rank where one had not when it was recorded, or the other way around'); // prettier-ignore
  });
});

test.each([
  [0, 2],
  [2, 0],
])('least squares of nothing have a gradient too: %i × %i', (m, n) => {
  // prettier-ignore
  const a = zeros([m, n], { requiresGrad: true });
  const b = zeros([m, 1], { requiresGrad: true });
  const { solution } = linalg.lstsq(a, b);
  expect(solution.shape).toEqual([n, 1]);
  expect(autograd.grad(solution.sum(), [a, b]).map((g) => g?.shape)).toEqual([[m, n], [m, 1]]); // prettier-ignore
  expect(autograd.grad(linalg.pinv(a).sum(), a)[0]?.shape).toEqual([m, n]);
});

describe('what cannot be', () => {
  test('info says where, and the message which of a batch', () => {
    const x = tensor([[[1, 0], [0, 1]], [[1, 2], [2, 4]], [[0, 0], [0, 0]]]); // prettier-ignore
    expect(linalg.invEx(x).info.toArraySync()).toEqual([0, 2, 1]);
    expect(linalg.solveEx(x, x).info.toArraySync()).toEqual([0, 2, 1]);
    expect(linalg.choleskyEx(x).info.toArraySync()).toEqual([0, 2, 1]);
    expect(() => linalg.solve(x, x)).toThrow('solve: matrix [1] of the batch is singular: pivot 2 is 0.');
    expect(() => linalg.cholesky(x)).toThrow('cholesky: matrix [1] of the batch is not positive-definite: its leading minor of order 2 is not positive.'); // prettier-ignore
    expect(() => linalg.luFactor(x.reshape([3, 1, 2, 2]))).toThrow('luFactor: matrix [1, 0] of the batch is singular');
  });

  test('eigenvalues of general matrices', () => {
    for (const fn of [linalg.eig, linalg.eigvals])
      expect(() => fn(eye(2))).toThrow('complex numbers, which are out of scope');
  });

  test('gradients of QR without a Q that R follows from', () => {
    const x = random(3, 2).requiresGrad_();
    expect(() => linalg.qr(x, { mode: 'r' }).R.sum().backward()).toThrow("qr: the gradient needs a Q that R follows from: Q is not computed when mode is 'r'. Use mode 'reduced'."); // prettier-ignore
    expect(() => linalg.qr(x, { mode: 'complete' }).R.sum().backward()).toThrow("when mode is 'complete'");
    expect(() => x.geqrf().a.sum().backward()).toThrow('geqrf: it has no gradient. Use qr.');
  });

  test('what is not finite', () => {
    expect(() => linalg.svd(tensor([[NaN, 1]]))).toThrow('svd: matrix has elements that are not finite.');
    expect(linalg.eigvalsh(tensor([[NaN]])).itemSync()).toBeNaN();
    const x = tensor([[NaN, 1], [2, 3]], { requiresGrad: true }); // prettier-ignore
    expect(autograd.grad(linalg.det(x), x)[0]?.isnan().all().itemSync()).toBe(1);
    expect(linalg.matrixExp(tensor([[NaN, 0], [0, 1]])).isnan().any().itemSync()).toBe(1); // prettier-ignore
  });
});

describe('determinants near zero', () => {
  test('their gradient is the cofactors', () => {
    const x = singular().requiresGrad_();
    const [g] = autograd.grad(linalg.det(x), x);
    expect(g?.toArraySync()).toEqual([
      [expect.closeTo(4, 12), expect.closeTo(-2, 12)],
      [expect.closeTo(-2, 12), expect.closeTo(1, 12)],
    ]);
  });

  test('second gradients by finite differences, third ones are refused', () => {
    const x = random(3, 1)
      .matmul(random(1, 3))
      .add(random(3, 1).matmul(random(1, 3)))
      .requiresGrad_();
    expect(autograd.gradgradcheck((y: Tensor) => linalg.det(y), [x])).toBe(true);
    const [g] = autograd.grad(linalg.det(x), x, { createGraph: true });
    const [second] = autograd.grad((g as Tensor).square().sum(), x, { createGraph: true });
    expect(() => autograd.grad((second as Tensor).sum(), x)).toThrow('det: there are no third gradients at a singular matrix'); // prettier-ignore
  });
});

test('without pivots rows stay where they are', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const { P, L, U } = linalg.lu(x, { pivot: false });
  expect(P.shape).toEqual([0]);
  expect(L.toArraySync()).toEqual([
    [1, 0],
    [3, 1],
  ]);
  expect(U.toArraySync()).toEqual([
    [1, 2],
    [0, -2],
  ]);
});
