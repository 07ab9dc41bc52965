import type { EpochEvent, ResumedEvent, StepEvent } from '../events.ts';
import type { Trainer } from '../trainer.ts';

/** Something that watches a run. The trainer waits for promises. What throws ends the run with its error. */
export interface Callback {
  /** Under which name its state is kept in checkpoints; needed where it has one. */
  readonly name?: string;
  /** Before the first batch, also after resuming. */
  onStart?(trainer: Trainer): void | Promise<void>;
  /** After an update of the weights. */
  onStep?(event: StepEvent, trainer: Trainer): void | Promise<void>;
  /** So many samples of an evaluation are over. */
  onEvaluating?(samples: number, trainer: Trainer): void;
  /** After an epoch and its evaluation, before its checkpoint is written. */
  onEpoch?(event: EpochEvent, trainer: Trainer): void | Promise<void>;
  /** The device was lost, and the run goes on from an earlier place on another. What the callback itself has on the lost one is gone. */
  onResumed?(event: ResumedEvent, trainer: Trainer): void | Promise<void>;
  /** When the run is over, whatever ended it. */
  onEnd?(trainer: Trainer): void | Promise<void>;
  /** What a checkpoint keeps of it: plain JSON, infinities allowed. */
  stateDict?(): unknown;
  /** Takes back what `stateDict` gave. Where it throws, nothing of the checkpoint is loaded. */
  loadStateDict?(state: unknown): void;
}
