// @rushlight/train: the training loop, metrics, logs and checkpoints.

export { memoryStore, StoreError, type CheckpointStore } from './checkpoint-store.ts';
export { EventFileWriter, eventFileName, type EventFileWriterOptions } from './event-file-writer.ts';
export { jsonlLines, JsonlWriter } from './jsonl-writer.ts';
export * from './metrics/index.ts';
export { opfsStore } from './opfs-store.ts';
export type { Sink } from './sink.ts';
export type { Callback } from './callbacks/callback.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './callbacks/early-stopping.ts';
export { CheckpointError } from './checkpoint-error.ts';
export { isDeviceLoss, type OnDeviceLost } from './device-loss.ts';
export { loadWeights, readExtra, type Position } from './checkpoint.ts';
export type { Criterion, WeightedLoss } from './criterion.ts';
export { evaluate, type Batch, type EvaluateOptions, type MetricValues, type Model } from './evaluate.ts';
export type { EpochEvent, ResumedEvent, StepEvent, TrainEvent } from './events.ts';
export { NonFiniteLossError } from './non-finite.ts';
export {
  bestCheckpoint,
  lastCheckpoint,
  type CheckpointOptions,
  type Loader,
  type Scheduler,
  type TrainerOptions,
} from './trainer-options.ts';
export { Trainer, type FitResult, type RunOptions } from './trainer.ts';
export type { WatchOptions } from './watched.ts';
