import { ConfigError } from '../config/config-error.ts';
import { loadModel } from '../models/load-model.ts';
import { loadTrained } from '../models/load-trained.ts';
import type { Model } from '../models/built-in.ts';
import { findCheckpoint, readCheckpoint } from './run-folder.ts';
import { readRecord } from './read-record.ts';
import type { RunRecord } from './session.ts';

export interface Restored {
  readonly record: RunRecord;
  readonly model: Model;
  /** The file that the weights came from. */
  readonly path: string;
}

/**
 * The model of a run with the weights of a checkpoint, in evaluation mode, and what it was trained on. Throws ConfigError where there is
 * none, and where a file is named and which of a run's checkpoints besides.
 */
export async function restore(run: string, which: 'last' | 'best' | undefined): Promise<Restored> {
  const found = await findCheckpoint(run, which ?? 'best');
  if (which !== undefined && found.path === run) {
    throw new ConfigError(`${run} is one checkpoint, and --checkpoint chooses one of a run's. Leave --checkpoint out, or pass the run's folder.`); // prettier-ignore
  }
  const bytes = await readCheckpoint(found);
  const record = readRecord(bytes, found.path);
  const { inputShape, outputs, settings } = record;
  const model = await loadModel(settings.model, { inputShape, outputs, hidden: settings.hidden });
  loadTrained(model, settings.model, bytes, found.path);
  model.eval();
  return { record, model, path: found.path };
}
