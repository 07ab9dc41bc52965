// Powers and the exponential of matrices: products, and nothing else.

import { ShapeError, show, ValueError } from '../errors.ts';
import { eye, tensor } from '../creation.ts';
import { where } from '../ops/where.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { TypedArray } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { invertSure } from './inverse.ts';
import { checkSquare, matrixSizes } from './matrices.ts';
import { atOnce, awaited, decided, type Steps } from './steps.ts';

/** By repeated squaring. */
function power(x: Tensor, n: number): Tensor {
  let [square, rest] = [x, n];
  let made: Tensor | undefined;
  for (;;) {
    if (rest % 2 === 1) made = made ? made.matmul(square) : square;
    rest = Math.floor(rest / 2);
    if (rest === 0) return made ?? x;
    square = square.matmul(square);
  }
}

/**
 * Square matrices [*, n, n] to a whole power; a negative one is that of the inverse: it throws ValueError for a singular matrix, and
 * DeviceError on a device that can only be read asynchronously. torch.linalg.matrix_power
 */
export const matrixPower = /* @__PURE__ */ atOnce('matrixPower', function* (x: Tensor, n: number): Steps<Tensor> {
  checkOperands('matrixPower', [x]);
  if (!Number.isInteger(n)) throw new ValueError('matrixPower', `the power is ${String(n)}. Use a whole number.`);
  if (n < 0) checkSquare('matrixPower', x);
  const { rows, columns } = matrixSizes(x);
  if (x.shape.length < 2 || rows !== columns)
    throw new ShapeError('matrixPower', `it takes square matrices, not ${show(x.shape)}. Make the last two sizes equal.`); // prettier-ignore
  if (n === 0) return x.clone().copy_(eye(rows, { dtype: x.dtype, device: x.device }));
  if (n === 1) return x.clone();
  if (n > 0) return power(x, n);
  return power(yield* invertSure(x), -n);
});
/** `matrixPower` on every device. */
export const matrixPowerAsync = /* @__PURE__ */ awaited(matrixPower);

/** 1 / k! */
const coefficients = /* @__PURE__ */ Array.from({ length: 17 }, (_, k) => 1 / Array.from({ length: k }, (__, i) => i + 1).reduce((a, b) => a * b, 1)); // prettier-ignore
/** Where the series of 17 terms is as exact as float64. */
const radius = 0.5;

function halvingsOf(sizes: TypedArray): number[] {
  return Array.from(sizes, (size) => (size > radius && size < Infinity ? Math.ceil(Math.log2(size / radius)) : 0));
}

const areEnough = [
  (recorded: number[], now: number[]) => now.every((s, k) => s <= (recorded[k] ?? 0)),
  'a matrix is larger than where it was recorded, and has to be squared more often',
] as const;

/** Σ x^k / k! up to 16, in six products. */
function series(x: Tensor): Tensor {
  const one = eye(x.shape.at(-1) ?? 0, { dtype: x.dtype, device: x.device });
  const x2 = x.matmul(x);
  const x3 = x2.matmul(x);
  const x4 = x2.matmul(x2);
  const part = (k: number): Tensor =>
    one
      .mul(coefficients[k] ?? 0)
      .add(x, { alpha: coefficients[k + 1] ?? 0 })
      .add(x2, { alpha: coefficients[k + 2] ?? 0 })
      .add(x3, { alpha: coefficients[k + 3] ?? 0 });
  const last = part(12).add(x4, { alpha: coefficients[16] ?? 0 });
  return [8, 4, 0].reduce((sum, k) => part(k).add(sum.matmul(x4)), last);
}

/**
 * Σ Aᵏ / k! of square matrices [*, n, n], by halving them until they are small and squaring as often. NaN where a matrix is not finite.
 * Throws ValueError where a recording is replayed with larger matrices than it was made with, and DeviceError on a device that can
 * only be read asynchronously. torch.linalg.matrix_exp
 */
export const matrixExp = /* @__PURE__ */ atOnce('matrixExp', function* (x: Tensor): Steps<Tensor> {
  checkSquare('matrixExp', x);
  const { rows: n, count } = matrixSizes(x);
  if (n === 0 || count === 0) return x.clone();
  const { device, dtype } = x;
  const wide = device.backend.limits.dtypes.includes('float64') ? 'float64' : dtype;
  const whole = x.to(wide).reshape([count, n, n]);
  // How often each has to be halved, and then squared.
  const halvings = yield* decided('matrixExp', whole.detach().abs().sum(-2).amax(-1), halvingsOf, areEnough);
  const most = halvings.reduce((a, b) => Math.max(a, b), 0);
  const scale = tensor(
    halvings.map((s) => 2 ** -s),
    { shape: [count, 1, 1], dtype: wide, device },
  );
  let y = series(whole.mul(scale));
  for (let step = 0; step < most; step++) {
    // The last to begin are those that were halved least: until then they are small, and so are their squares.
    const begun = halvings.map((s) => step >= most - s);
    const square = y.matmul(y);
    y = begun.every(Boolean) ? square : where(tensor(begun, { shape: [count, 1, 1], device }), square, y);
  }
  return y.reshape(x.shape).to(dtype);
});
/** `matrixExp` on every device. */
export const matrixExpAsync = /* @__PURE__ */ awaited(matrixExp);
