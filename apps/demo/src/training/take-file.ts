// A safetensors file that a visitor loads: of this very run, or of its model alone.

import { train } from 'rushlight';

/** What became of it. */
export type Taken =
  /** The run goes on from it. */
  | { readonly kind: 'run' }
  /** Its weights were taken over; the optimizer keeps what it has. */
  | { readonly kind: 'weights' }
  /** Nothing: it is damaged, or of another model. */
  | { readonly kind: 'broken' | 'other'; readonly message: string };

/** Goes on from the file where it is of this run, takes its weights where it is not; the model stays as it is where neither can be. */
export async function takeFile(trainer: train.Trainer, bytes: Uint8Array): Promise<Taken> {
  try {
    await trainer.load(bytes);
    return { kind: 'run' };
  } catch {
    // Not of this run.
  }
  try {
    trainer.options.model.loadStateDict(train.loadWeights(bytes, 'the file'));
    return { kind: 'weights' };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: name === 'FormatError' ? 'broken' : 'other', message };
  }
}
