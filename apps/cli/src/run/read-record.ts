import { train } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import type { RunRecord } from './session.ts';

/** The form of what a run keeps of itself. */
export const recordVersion = 1;

/** What a checkpoint says of its run. Throws ConfigError for one that no run of the command line wrote, FormatError for a damaged one. */
export function readRecord(bytes: Uint8Array, path: string): RunRecord {
  const record = train.readExtra(bytes, path) as Partial<RunRecord> | undefined | null;
  const version: unknown = record?.version;
  if (!record?.settings || !record.card || typeof version !== 'number') {
    throw new ConfigError(`${path} does not say what it was trained on: it was not written by \`rushlight train\`. Pass a run's folder or checkpoint.`); // prettier-ignore
  }
  if (version !== recordVersion) {
    const [which, cure] = version > recordVersion ? ['a newer', 'Update Rushlight.'] : ['an older', 'Begin a new run.'];
    throw new ConfigError(`${path} was written by ${which} Rushlight: its record has version ${version}, and this one reads ${recordVersion}. ${cure}`); // prettier-ignore
  }
  return record as RunRecord;
}
