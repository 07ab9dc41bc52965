// How averages follow: of each parameter by itself, or of all at once.

import { isFloat, ValueError, type Tensor } from '@rushlight/core';

/**
 * What an averaged parameter becomes when `numAveraged` models were averaged (int32 []) and `current` comes.
 * The first model is copied, whatever is returned for it. Other tensors that are made meanwhile are freed.
 */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: Tensor) => Tensor;

/** The same of all parameters at once, changed in place. */
export type MultiAvgFn = (averaged: readonly Tensor[], current: readonly Tensor[], numAveraged: Tensor) => void;

function checkDecay(op: string, decay: number): void {
  if (typeof decay === 'number' && decay >= 0 && decay <= 1) return;
  throw new ValueError(op, `decay is ${String(decay)}. It must be in [0, 1].`);
}

/** averaged + (current − averaged) / (numAveraged + 1): the mean of all models. torch.optim.swa_utils.get_swa_avg_fn */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, numAveraged) => averaged.add(current.sub(averaged).div(numAveraged.add(1)));
}

/**
 * decay·averaged + (1 − decay)·current: an exponential moving average. Throws ValueError for a decay outside [0, 1].
 * torch.optim.swa_utils.get_ema_avg_fn
 */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  checkDecay('getEmaAvgFn', decay);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** `getSwaAvgFn` of all parameters at once. torch.optim.swa_utils.get_swa_multi_avg_fn */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return inPlace(getSwaAvgFn());
}

/**
 * `getEmaAvgFn` of all parameters at once. Throws ValueError for a decay outside [0, 1].
 * torch.optim.swa_utils.get_ema_multi_avg_fn
 */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  checkDecay('getEmaMultiAvgFn', decay);
  return inPlace((averaged, current) =>
    // PyTorch interpolates floats here, which rounds otherwise.
    isFloat(averaged.dtype)
      ? averaged.add(current.sub(averaged).mul(1 - decay))
      : averaged.mul(decay).add(current.mul(1 - decay)),
  );
}

function inPlace(average: AvgFn): MultiAvgFn {
  return (averaged, current, numAveraged) => {
    averaged.forEach((one, k) => one.copy_(average(one, current[k] ?? one, numAveraged)));
  };
}
