// What a page and its worker say to each other.

import type { BackendName } from '../state/backend.ts';
import type { JobName } from './job.ts';

export type Command =
  /** Begins a run anew, with these settings, under a number of its own. */
  | {
      readonly kind: 'make';
      readonly run: number;
      readonly job: JobName;
      readonly config: unknown;
      readonly backend: BackendName;
    }
  /** Trains on, for so many steps or until it is told to pause. */
  | { readonly kind: 'run'; readonly steps?: number }
  | { readonly kind: 'pause' }
  /** The picture that was sent is shown: another one may be. */
  | { readonly kind: 'seen' }
  /** Goes on with the same run on another backend. */
  | { readonly kind: 'backend'; readonly backend: BackendName }
  | { readonly kind: 'adjust'; readonly settings: unknown }
  /** These are answered by `answer` with the same number. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: unknown }
  | { readonly kind: 'save'; readonly id: number }
  | { readonly kind: 'load'; readonly id: number; readonly bytes: Uint8Array };

export interface DeviceInfo {
  readonly name: string;
  readonly description: string;
}

interface Progress {
  /** Updates of the weights so far. */
  readonly step: number;
  /** Epochs that are over, a fraction of the next included. */
  readonly epochs: number;
  /** Updates in a second, lately. */
  readonly rate: number;
  /** Losses since the last message: step, loss, step, loss, … */
  readonly losses: readonly number[];
  /** What epochs that ended since came to. */
  readonly evaluations: readonly Evaluation[];
}

export interface Evaluation {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What went wrong, or otherwise than asked. */
export type Notice =
  /** The loss was NaN or infinite: the run is over, and can be begun anew. */
  | { readonly kind: 'diverged'; readonly step: number; readonly message: string }
  /** The device was lost; the run goes on from an earlier step, on the device that is told. */
  | { readonly kind: 'lost'; readonly step: number; readonly reason: string }
  /** The backend does not open here; another one was taken. */
  | { readonly kind: 'unavailable'; readonly backend: string; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export type Report =
  | { readonly kind: 'device'; readonly device: DeviceInfo }
  | { readonly kind: 'made' }
  | { readonly kind: 'running' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'view'; readonly view: unknown }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'answer'; readonly id: number; readonly answer?: unknown; readonly error?: string };

/** What the worker sends: with the number of its run, since a page may have begun another one by now. */
export interface Told {
  readonly run: number;
  readonly report: Report;
}

/** What is answered to `save`. */
export interface Saved {
  readonly bytes: Uint8Array;
  readonly step: number;
}
