import { train } from 'rushlight';
import { loadModel } from '../models/load-model.ts';
import type { Model } from '../models/built-in.ts';
import { findCheckpoint } from './run-folder.ts';
import { readRecord } from './read-record.ts';
import { openBackend, type RunRecord } from './session.ts';
import type { Settings } from '../config/fields.ts';

export interface Restored {
  readonly record: RunRecord;
  readonly model: Model;
  /** The file that the weights came from. */
  readonly path: string;
}

/** The model of a run with the weights of a checkpoint, in evaluation mode, and what it was trained on. */
export async function restore(run: string, which: 'last' | 'best', given: Settings): Promise<Restored> {
  const { path, bytes } = await findCheckpoint(run, which);
  const record = readRecord(bytes, path);
  await openBackend(given);
  const { inputShape, outputs, settings } = record;
  const model = await loadModel(settings.model, { inputShape, outputs, hidden: settings.hidden });
  model.loadStateDict(train.loadWeights(bytes, path));
  model.eval();
  return { record, model, path };
}
