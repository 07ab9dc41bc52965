// Windows of signal processing: each is a formula of the position.

import { findDevice } from '../device.ts';
import type { TensorOptions } from '../creation.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { abs as absolute, cos as cosine, type DType, type Expr, exp as e, isFloat, maximum as larger, sqrt as root } from '../kernel/index.ts'; // prettier-ignore
import { newTensor } from '../new-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { i0eOf } from './bessel-formulas.ts';
import { checkDType } from './dtype-facts.ts';
import { loopOp, runLoop } from './loop.ts';

export interface WindowOptions extends TensorOptions {
  /** Whether it is one period of a longer sequence, as spectra want it, instead of symmetric. Default true. */
  readonly periodic?: boolean;
}

const cosineOp = /* @__PURE__ */ loopOp('cosineWindow', (k, dtype: DType, wide: DType) => {
  const angle = k.row.cast(wide).mul(k.scalar(wide));
  const [first, second, third] = [k.scalar(wide), k.scalar(wide), k.scalar(wide)];
  k.perElement(
    first
      .sub(cosine(angle).mul(second))
      .add(cosine(angle.add(angle)).mul(third))
      .cast(dtype),
  );
});

const triangleOp = /* @__PURE__ */ loopOp('bartlettWindow', (k, dtype: DType, wide: DType) => {
  const across = k.row.cast(wide).mul(k.scalar(wide)).sub(1);
  k.perElement(absolute(across).neg().add(1).cast(dtype));
});

const kaiserOp = /* @__PURE__ */ loopOp('kaiserWindow', (k, dtype: DType, wide: DType) => {
  const across = k.row.cast(wide).mul(k.scalar(wide)).sub(1);
  const beta: Expr = k.scalar(wide);
  const height = root(larger(across.square().neg().add(1), 0)).mul(beta);
  // I₀(height) / I₀(β), of which e^β would overflow.
  k.perElement(
    i0eOf(height)
      .div(i0eOf(beta))
      .mul(e(absolute(height).sub(absolute(beta))))
      .cast(dtype),
  );
});

type WindowOp = typeof cosineOp;

/** Runs a formula over the positions; `scalars` gets the number of steps from the first to the last. */
function made(
  name: string,
  op: WindowOp,
  length: number,
  options: WindowOptions,
  scalars: (steps: number) => readonly number[],
): Tensor {
  const { dtype = getDefaultDtype(), periodic = true, requiresGrad = false } = options;
  if (!Number.isInteger(length) || length < 0)
    throw new ShapeError(name, `a window of ${length} elements cannot be made. Use an integer ≥ 0.`);
  checkDType(name, dtype);
  if (!isFloat(dtype)) throw new DTypeError(name, `a window is made of floats, not ${dtype}. Use a float dtype.`);
  const device = findDevice(options.device);
  const window = newTensor(device, dtype, [length]);
  const wide = device.backend.limits.dtypes.includes('float64') ? 'float64' : 'float32';
  if (length === 1) window.fill_(1);
  else {
    const steps = periodic ? length : length - 1;
    runLoop(op([], dtype, wide), [], { out: [window], shape: [length], scalars: scalars(Math.max(steps, 1)) });
  }
  return requiresGrad ? window.requiresGrad_() : window;
}

/** ½ − ½·cos(2πk / N). Throws DTypeError for integers. torch.hann_window */
export function hannWindow(windowLength: number, options: WindowOptions = {}): Tensor {
  return made('hannWindow', cosineOp, windowLength, options, (n) => [(2 * Math.PI) / n, 0.5, 0.5, 0]);
}

export interface HammingOptions extends WindowOptions {
  /** Default 0.54. */
  readonly alpha?: number;
  /** Default 0.46. */
  readonly beta?: number;
}

/** alpha − beta·cos(2πk / N). Throws DTypeError for integers. torch.hamming_window */
export function hammingWindow(windowLength: number, options: HammingOptions = {}): Tensor {
  const { alpha = 0.54, beta = 0.46 } = options;
  return made('hammingWindow', cosineOp, windowLength, options, (n) => [(2 * Math.PI) / n, alpha, beta, 0]);
}

/** 0.42 − 0.5·cos(2πk / N) + 0.08·cos(4πk / N). Throws DTypeError for integers. torch.blackman_window */
export function blackmanWindow(windowLength: number, options: WindowOptions = {}): Tensor {
  return made('blackmanWindow', cosineOp, windowLength, options, (n) => [(2 * Math.PI) / n, 0.42, 0.5, 0.08]);
}

/** 1 − |2k / N − 1|, a triangle. Throws DTypeError for integers. torch.bartlett_window */
export function bartlettWindow(windowLength: number, options: WindowOptions = {}): Tensor {
  return made('bartlettWindow', triangleOp, windowLength, options, (n) => [2 / n]);
}

export interface KaiserOptions extends WindowOptions {
  /** How fast it falls off to both sides. Default 12. */
  readonly beta?: number;
}

/** I₀(β·√(1 − (2k / N − 1)²)) / I₀(β). Throws DTypeError for integers. torch.kaiser_window */
export function kaiserWindow(windowLength: number, options: KaiserOptions = {}): Tensor {
  const { beta = 12 } = options;
  return made('kaiserWindow', kaiserOp, windowLength, options, (n) => [2 / n, beta]);
}
