import { isTensor, noGrad, ValueError, type Device, type Tensor } from '@rushlight/core';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type Module } from '@rushlight/nn';
import { AveragedPart } from './averaged-part.ts';

type BatchNorm = BatchNorm1d | BatchNorm2d | BatchNorm3d;

/** Options of `updateBn`. */
export interface UpdateBnOptions {
  /** Where inputs are brought before the model is given them. */
  readonly device?: Device | string;
}

/** Batches: inputs, or lists that begin with them. */
export type Batches = Iterable<Tensor | readonly unknown[]> | AsyncIterable<Tensor | readonly unknown[]>;

const isBatchNorm = (module: Module): module is BatchNorm =>
  module instanceof BatchNorm1d || module instanceof BatchNorm2d || module instanceof BatchNorm3d;

function inputOf(batch: unknown): Tensor {
  const input: unknown = Array.isArray(batch) ? batch[0] : batch;
  if (isTensor(input)) return input;
  throw new ValueError('updateBn', `a batch is ${typeof batch}. It must be a tensor, or a list that begins with one.`);
}

/**
 * Sets the running means and variances of all batch norm layers to those over `loader`: forgets the old ones, and calls the
 * model in training mode with every input. Without such layers it does nothing. Throws ValueError for batches that hold no input.
 * torch.optim.swa_utils.update_bn
 *
 * @example
 * await updateBn(loader, average);
 */
export async function updateBn(
  loader: Batches,
  model: Module<[x: Tensor]>,
  { device }: UpdateBnOptions = {},
): Promise<void> {
  const layers = model.modules().flatMap((holder) => {
    const layer = AveragedPart.originalOf(holder);
    return isBatchNorm(layer) ? [{ layer, holder: holder as BatchNorm, momentum: layer.momentum }] : [];
  });
  if (layers.length === 0) return;
  const { training } = model;
  model.train();
  noGrad(() => {
    for (const { layer, holder } of layers) {
      holder.running_mean?.zero_();
      holder.running_var?.fill_(1);
      holder.num_batches_tracked?.zero_();
      layer.momentum = null;
    }
  });
  try {
    for await (const batch of loader) {
      const given = inputOf(batch);
      const input = device === undefined ? given : await given.to(device);
      noGrad(() => model(input));
    }
  } finally {
    for (const { layer, momentum } of layers) layer.momentum = momentum;
    model.train(training);
  }
}
