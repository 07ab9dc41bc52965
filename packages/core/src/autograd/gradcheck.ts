// Gradients against finite differences, in float64: the proof that a backward is the derivative of its forward.

import { AutogradError, DTypeError, RushlightError, show } from '../errors.ts';
import { enableGrad, noGrad } from '../grad-mode.ts';
import { isFloat } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { isTensor } from '../is-tensor.ts';
import { grad } from './function.ts';

type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

export interface GradcheckOptions {
  /** The step of the differences. Default 1e-6. */
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
  /** Return false instead of throwing. */
  readonly raiseException?: boolean;
}

const outputsOf = (fn: Checked, inputs: readonly Tensor[]): Tensor[] => {
  const result = fn(...inputs);
  return (isTensor(result) ? [result] : [...result]).filter((y) => isFloat(y.dtype));
};

/**
 * Compares the gradients of `fn` with central differences, for every float64 input that requires grad, through a fixed random-looking
 * weighting of each output. Throws RushlightError with the worst entry. torch.autograd.gradcheck
 */
export function gradcheck(fn: Checked, inputs: readonly Tensor[], options: GradcheckOptions = {}): boolean {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true } = options;
  const wanted = inputs.filter((x) => x.requiresGrad);
  if (wanted.length === 0)
    throw new AutogradError(
      'gradcheck',
      `none of the ${inputs.length} inputs requires grad. There is nothing to check.`,
    );
  for (const x of wanted) {
    if (x.dtype !== 'float64')
      throw new DTypeError('gradcheck', `an input of shape ${show(x.shape)} is ${x.dtype}. Differences need float64.`);
  }
  const outputs = enableGrad(() => outputsOf(fn, inputs));
  const checked = outputs.flatMap((output, o) => {
    // One among others may be no function of the inputs; if none is, differences must find nothing either.
    if (!output.requiresGrad && outputs.some((y) => y.requiresGrad)) return [];
    const weight = weightLike(output);
    const options = { gradOutputs: [weight], allowUnused: true, retainGraph: true };
    const found = output.requiresGrad ? grad(output, wanted, options) : [];
    return [{ o, weights: weight.dataSync(), found: found.map((x) => x?.dataSync()) }];
  });
  /** The weighted sum of each output that is checked. */
  const sums = (): number[] => {
    const ys = noGrad(() => outputsOf(fn, inputs));
    return checked.map(({ o, weights }) => {
      const y = ys[o]?.dataSync() ?? [];
      let total = 0;
      for (let k = 0; k < y.length; k++) total += (y[k] ?? 0) * (weights[k] ?? 0);
      return total;
    });
  };
  for (const [i, x] of wanted.entries()) {
    for (let k = 0; k < x.numel(); k++) {
      const [more, less] = [perturbed(x, k, eps, sums), perturbed(x, k, -eps, sums)];
      for (const [c, { o, found }] of checked.entries()) {
        const numeric = ((more[c] ?? NaN) - (less[c] ?? NaN)) / (2 * eps);
        const given = found[i]?.[k] ?? 0;
        if (Math.abs(given - numeric) <= atol + rtol * Math.abs(numeric)) continue;
        if (!raiseException) return false;
        throw new RushlightError(
          'gradcheck',
          `output ${o}, input ${i} of shape ${show(x.shape)}, element ${k}: the gradient is ${given}, differences give ${numeric}. Check the backward.`,
        );
      }
    }
  }
  return true;
}

/** What `of` gives with element k of x moved, the tensor left as it was. */
function perturbed<T>(x: Tensor, k: number, by: number, of: () => T): T {
  const { backend } = x.device;
  const whole = x.storage;
  const before = x.device.backend.readSync?.(x.device.resolve(whole), 0, whole.length);
  if (!before)
    throw new RushlightError('gradcheck', `the "${x.device.name}" backend cannot be read synchronously. Use cpu.`);
  const changed = before.slice();
  const at = addressOfElement(x, k);
  changed[at] = (changed[at] ?? 0) + by;
  backend.write(x.device.resolve(whole), changed);
  try {
    return of();
  } finally {
    backend.write(x.device.resolve(whole), before);
  }
}

function addressOfElement(x: Tensor, k: number): number {
  let address = x.offset;
  let rest = k;
  for (let d = x.shape.length - 1; d >= 0; d--) {
    const n = x.shape[d] ?? 1;
    address += (rest % n) * (x.strides[d] ?? 0);
    rest = Math.floor(rest / n);
  }
  return address;
}

/** Weights without symmetry, away from 0, the same every time. */
function weightLike(y: Tensor): Tensor {
  const made = y.filled(0);
  const data = new Float64Array(y.numel());
  for (let k = 0; k < data.length; k++) data[k] = 0.5 + ((k * 0.6180339887498949) % 1);
  if (data.length > 0)
    y.device.backend.write(y.device.resolve(made.storage), y.dtype === 'float64' ? data : Float32Array.from(data));
  return made;
}

/** `gradcheck` of the gradient itself: second derivatives. torch.autograd.gradgradcheck */
export function gradgradcheck(fn: Checked, inputs: readonly Tensor[], options: GradcheckOptions = {}): boolean {
  const wanted = inputs.flatMap((x, k) => (x.requiresGrad ? [k] : []));
  const outputs = enableGrad(() => outputsOf(fn, inputs)).map((y) => y.requiresGrad);
  const seeds = enableGrad(() => outputsOf(fn, inputs))
    .filter((_, o) => outputs[o])
    .map((y) => weightLike(y).requiresGrad_());
  const gradients: Checked = (...all) => {
    const xs = all.slice(0, inputs.length);
    const gs = all.slice(inputs.length);
    const ys = enableGrad(() => outputsOf(fn, xs).filter((_, o) => outputs[o]));
    const leaves = wanted.flatMap((k) => xs[k] ?? []);
    // Differences move the inputs without grad mode; the gradient itself always needs a graph.
    return enableGrad(() => grad(ys, leaves, { gradOutputs: gs, createGraph: true, allowUnused: true })).flatMap(
      (g) => g ?? [],
    );
  };
  return gradcheck(gradients, [...inputs, ...seeds], options);
}
