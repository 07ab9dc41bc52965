import { noGrad, ValueError, type Tensor } from '@rushlight/core';
import type { Module } from '@rushlight/nn';
import { sizeOf, weighed, type Criterion } from './criterion.ts';
import { LossLog } from './loss-log.ts';
import type { Metric, MetricValue } from './metrics/metric.ts';

/** What is trained: one input, one output. */
export type Model = Module & ((input: Tensor) => Tensor);
/** Samples of a batch lie along the first dim of both. */
export type Batch = readonly [input: Tensor, target: Tensor];

/** The loss, and the metrics by their names. */
export type MetricValues = { readonly loss: number } & Readonly<Record<string, MetricValue>>;

/** What is evaluated, and how. */
export interface EvaluateOptions {
  /** Switched to evaluation meanwhile, and back. */
  readonly model: Model;
  /** The mean loss of a batch. */
  readonly criterion: Criterion;
  /** By the names that the values shall have; not `loss`. They are reset first. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** Told how many samples are done after each batch. */
  readonly onBatch?: (samples: number) => void;
}

/**
 * The mean loss and the metrics of a model in evaluation mode, without gradients. Each part of the model is put back into the mode that it
 * had. Rejects with ValueError if there is no batch or none that counts, or a metric has the name `loss`.
 *
 * @example
 * const { loss, accuracy } = await evaluate(loader, { model, criterion, metrics: { accuracy: new Accuracy() } });
 */
export async function evaluate(
  batches: AsyncIterable<Batch>,
  { model, criterion, metrics = {}, onBatch }: EvaluateOptions,
): Promise<MetricValues> {
  checkMetricNames('evaluate', metrics);
  const modes = [...model.modules()].map((module) => [module, module.training] as const);
  for (const metric of Object.values(metrics)) metric.reset();
  const losses = new LossLog();
  let samples = 0;
  model.eval();
  try {
    await noGrad(async () => {
      for await (const [input, target] of batches) {
        const output = model(input);
        samples += sizeOf(input);
        losses.add({ ...weighed('evaluate', criterion(output, target)), samples: sizeOf(input) });
        for (const metric of Object.values(metrics)) metric.update(output, target);
        if (losses.isFull) await losses.read();
        onBatch?.(samples);
      }
    });
  } finally {
    for (const [module, wasTraining] of modes) module.training = wasTraining;
  }
  await losses.read();
  if (samples === 0) throw new ValueError('evaluate', 'there is no batch. Pass a loader that gives some.');
  if (losses.totals.weight === 0) {
    throw new ValueError(
      'evaluate',
      `the criterion gave all ${samples} samples the weight 0, so that there is no mean loss. Pass some whose targets are not ignored.`,
    );
  }
  const values: Record<string, MetricValue> = {};
  // One by one: each reads from the device.
  for (const [name, metric] of Object.entries(metrics)) values[name] = await metric.compute();
  return { ...values, loss: losses.mean };
}

/** Refuses a metric of the name that the loss has. */
export function checkMetricNames(op: string, metrics: Readonly<Record<string, Metric>>): void {
  if (!Object.hasOwn(metrics, 'loss')) return;
  throw new ValueError(op, 'a metric has the name "loss", which the mean of the criterion has. Give it another.');
}
