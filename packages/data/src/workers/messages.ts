// What a DataLoader and the workers that fetch for it tell each other. Every message has the key `rushlightData`, so that a worker
// may exchange messages of its own besides.

import type { NumberDType } from '../default-collate.ts';
import type { Carried } from './carry.ts';
import type { CarriedError } from './carry-error.ts';

/** The dtypes of plain numbers by field, as far as they are known. */
type Numbers = Readonly<Record<string, NumberDType>>;

/** From the loader to a worker. What comes later makes what came before obsolete where its `epoch` is another. */
export type Request =
  | {
      readonly rushlightData: 'begin';
      readonly epoch: number;
      readonly id: number;
      readonly numWorkers: number;
      /** The epoch's base seed; the worker's own is that plus its id. */
      readonly baseSeed: bigint;
      readonly batchSize: number;
      readonly dropLast: boolean;
      /** What the loader was told that plain numbers become. */
      readonly numbers: NumberDType | undefined;
    }
  | {
      readonly rushlightData: 'fetch';
      readonly epoch: number;
      readonly task: number;
      /** The number of the batch in the epoch, where batches have one. */
      readonly batch: number;
      /** None where the data set is iterated over. */
      readonly indices: readonly number[] | undefined;
      /** Only go past it. */
      readonly skip: boolean;
      readonly found: Numbers;
    }
  | { readonly rushlightData: 'rest'; readonly epoch: number }
  | { readonly rushlightData: 'leave'; readonly epoch: number };

/** What came of a task. */
export type Outcome =
  | { readonly kind: 'batch'; readonly batch: Carried; readonly found: Numbers }
  | { readonly kind: 'passed' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: CarriedError };

/** From a worker to the loader. */
export type Reply =
  | { readonly rushlightData: 'ready'; readonly isIterable: boolean; readonly collates: boolean }
  | { readonly rushlightData: 'done'; readonly epoch: number; readonly task: number; readonly outcome: Outcome }
  | { readonly rushlightData: 'left' };

/** Whether it is a message of ours. */
export function isMessage<Message extends Request | Reply>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'rushlightData' in message;
}
