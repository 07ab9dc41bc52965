import { noGrad, ValueError, type Tensor } from '@rushlight/core';
import type { Module } from '@rushlight/nn';
import type { Metric, MetricValue } from './metrics/metric.ts';
import { LossLog } from './loss-log.ts';

/** What is trained: one input, one output. */
export type Model = Module & ((input: Tensor) => Tensor);
/** The mean loss of a batch, 0-dim. */
export type Criterion = (output: Tensor, target: Tensor) => Tensor;
/** Samples of a batch lie along the first dim of both. */
export type Batch = readonly [input: Tensor, target: Tensor];

/** The loss, and the metrics by their names. */
export type MetricValues = { readonly loss: number } & Readonly<Record<string, MetricValue>>;

export interface EvaluateOptions {
  readonly model: Model;
  readonly criterion: Criterion;
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** Told how many samples are done after each batch. */
  readonly onBatch?: (samples: number) => void;
}

/**
 * The mean loss and the metrics of a model in evaluation mode, without gradients. The model's mode is put back afterwards.
 * Throws ValueError if there is no batch.
 */
export async function evaluate(
  batches: AsyncIterable<Batch>,
  { model, criterion, metrics = {}, onBatch }: EvaluateOptions,
): Promise<MetricValues> {
  const wasTraining = model.training;
  for (const metric of Object.values(metrics)) metric.reset();
  const losses = new LossLog();
  model.eval();
  try {
    await noGrad(async () => {
      for await (const [input, target] of batches) {
        const output = model(input);
        losses.add(criterion(output, target), sizeOf(input));
        for (const metric of Object.values(metrics)) metric.update(output, target);
        if (losses.isFull) await losses.read();
        onBatch?.(losses.samples);
      }
    });
  } finally {
    model.train(wasTraining);
  }
  await losses.read();
  if (losses.samples === 0) throw new ValueError('evaluate', 'there is no batch. Pass a loader that gives some.');
  const values: Record<string, MetricValue> = {};
  // One by one: each reads from the device.
  for (const [name, metric] of Object.entries(metrics)) values[name] = await metric.compute();
  return { ...values, loss: losses.mean };
}

/** How many samples a batch has. */
export const sizeOf = (input: Tensor): number => input.shape[0] ?? 1;
