export { Accuracy, TopKAccuracy } from './accuracy.ts';
export type { ClassMetricOptions } from './class-rows.ts';
export { ConfusionMatrix } from './confusion-matrix.ts';
export { MeanAbsoluteError, MeanSquaredError, type MeanSquaredErrorOptions } from './mean-error.ts';
export { MeanLoss } from './mean-loss.ts';
export type { Metric, MetricValue } from './metric.ts';
export {
  F1Score,
  Precision,
  Recall,
  type Average,
  type Averaged,
  type PrecisionRecallOptions,
} from './precision-recall.ts';
export { R2Score, type Multioutput, type R2ScoreOptions } from './r2-score.ts';
