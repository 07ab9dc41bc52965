// What L-BFGS remembers between steps, the direction that follows from it, and both in PyTorch's form.

import { isTensor, noGrad, show, tidy, ValueError, type Tensor } from '@rushlight/core';
import { dot, subtract_ } from './flat-vector.ts';
import { copyBeside, missing } from './state-dict.ts';

/** What changed in one iteration: the gradient by y, the parameters by s. */
export interface Pair {
  readonly y: Tensor;
  readonly s: Tensor;
  /** 1 / y·s */
  readonly rho: number;
}

/** The last iteration. */
interface LastIteration {
  readonly direction: Tensor;
  /** How far it went along the direction. */
  readonly step: number;
  /** The gradient and the loss before it. */
  readonly grad: Tensor;
  readonly loss: number;
  /** The oldest first. */
  readonly pairs: readonly Pair[];
  /** What the inverse Hessian is begun with: y·s / y·y of the last pair. */
  readonly scale: number;
}

export interface LBFGSMemory {
  /** How often the closure was called, and how many directions were taken. */
  readonly funcEvals: number;
  readonly iterations: number;
  /** Absent while the parameters have never been moved. */
  readonly last?: LastIteration;
}

/** −H·grad with the inverse Hessian H that the pairs stand for: Nocedal's recursion through them and back. */
export function directionOf(grad: Tensor, pairs: readonly Pair[], scale: number): Tensor {
  return noGrad(() =>
    tidy(() => {
      const direction = grad.neg();
      const shares = pairs.toReversed().map(({ y, s, rho }) => {
        const share = dot(s, direction, rho);
        subtract_(direction, y, share);
        return share;
      });
      direction.mul_(scale);
      for (const { y, s, rho } of pairs) {
        const share = shares.pop() as Tensor;
        subtract_(direction, s, dot(y, direction, rho).sub_(share));
      }
      return direction;
    }),
  );
}

/** PyTorch's form: lists stand in it, which the states of no other optimizer have. */
export function packMemory({ funcEvals, iterations, last }: LBFGSMemory): Record<string, unknown> {
  return {
    func_evals: funcEvals,
    n_iter: iterations,
    ...(last && {
      d: last.direction,
      t: last.step,
      old_dirs: last.pairs.map(({ y }) => y),
      old_stps: last.pairs.map(({ s }) => s),
      ro: last.pairs.map(({ rho }) => rho),
      H_diag: last.scale,
      prev_flat_grad: last.grad,
      prev_loss: last.loss,
    }),
  };
}

/** The memory in a state of PyTorch's form, its vectors copied beside the parameters. Throws ValueError for the state of another optimizer. */
export function unpackMemory(
  op: string,
  saved: Readonly<Record<string, unknown>>,
  params: readonly Tensor[],
): LBFGSMemory {
  const [first] = params;
  const length = params.reduce((sum, param) => sum + param.numel(), 0);
  const entry = (key: string): unknown => {
    const value = saved[key];
    if (value === undefined) throw missing(op, 0, key, Object.keys(saved));
    return value;
  };
  const refuse = (key: string, value: unknown, wanted: string): never => {
    const got = isTensor(value) ? `a tensor of shape ${show(value.shape)}` : String(value);
    throw new ValueError(op, `${key} of the state is ${got}. It must be ${wanted}.`);
  };
  const toNumber = (key: string, value: unknown): number => {
    if (typeof value === 'number') return value;
    // PyTorch keeps most of them in tensors.
    return isTensor(value) && value.numel() === 1 ? value.itemSync() : refuse(key, value, 'a number');
  };
  const toVector = (key: string, value: unknown): Tensor =>
    first && isTensor(value) && value.ndim === 1 && value.numel() === length
      ? copyBeside(first, value)
      : refuse(key, value, `a vector of ${length} elements, as many as the parameters have`);
  const toList = <T>(key: string, convert: (key: string, value: unknown) => T): T[] => {
    const value = entry(key);
    return Array.isArray(value) ? value.map((item: unknown) => convert(key, item)) : refuse(key, value, 'a list');
  };

  const counts = {
    funcEvals: toNumber('func_evals', entry('func_evals')),
    iterations: toNumber('n_iter', entry('n_iter')),
  };
  if (saved['d'] === undefined) return counts;
  const [ys, ss, rhos] = [toList('old_dirs', toVector), toList('old_stps', toVector), toList('ro', toNumber)];
  if (ys.length !== ss.length || ys.length !== rhos.length)
    throw new ValueError(op, `old_dirs, old_stps and ro of the state have lengths ${ys.length}, ${ss.length} and ${rhos.length}. They must be equal.`); // prettier-ignore
  return {
    ...counts,
    last: {
      direction: toVector('d', entry('d')),
      step: toNumber('t', entry('t')),
      grad: toVector('prev_flat_grad', entry('prev_flat_grad')),
      loss: toNumber('prev_loss', entry('prev_loss')),
      pairs: ys.map((y, k) => ({ y, s: ss[k] as Tensor, rho: rhos[k] as number })),
      scale: toNumber('H_diag', entry('H_diag')),
    },
  };
}
