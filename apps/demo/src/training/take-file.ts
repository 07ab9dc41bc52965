// A safetensors file that a visitor loads: of this very run, or of its model alone.

import { train } from 'rushlight';
import type { Job, Weights } from './job.ts';

/** What became of it. */
export type Taken =
  /** The run goes on from it. */
  | { readonly kind: 'run' }
  /** Its weights were taken over; the optimizer keeps what it has. */
  | { readonly kind: 'weights' }
  /** Nothing: it is damaged, or of another model. */
  | { readonly kind: 'broken' | 'other'; readonly message: string };

/** Throws what is no fault of the file. */
function failureOf(error: unknown): Taken {
  if (train.isDeviceLoss(error)) throw error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { kind: name === 'FormatError' ? 'broken' : 'other', message };
}

/** Goes on from the file where it is of this run, takes its weights where it is not; the model stays as it is where neither can be. */
export async function takeFile({ trainer, refuse }: Job, bytes: Uint8Array): Promise<Taken> {
  let weights: Weights;
  try {
    weights = train.loadWeights(bytes, 'the file');
  } catch (error) {
    return failureOf(error);
  }
  const message = await refuse?.(weights);
  if (message !== undefined) return { kind: 'other', message };
  try {
    await trainer.load(bytes);
    return { kind: 'run' };
  } catch (error) {
    failureOf(error); // not of this run
  }
  try {
    trainer.options.model.loadStateDict(weights);
    return { kind: 'weights' };
  } catch (error) {
    return failureOf(error);
  }
}
