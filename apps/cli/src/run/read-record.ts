import { train } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import type { RunRecord } from './session.ts';

/** What a checkpoint says of its run. Throws ConfigError for one that no run of the command line wrote, FormatError for a damaged one. */
export function readRecord(bytes: Uint8Array, path: string): RunRecord {
  const record = train.readExtra(bytes, path) as Partial<RunRecord> | undefined | null;
  if (record?.version !== 1 || !record.settings || !record.card) {
    throw new ConfigError(`${path} does not say what it was trained on: it was not written by \`rushlight train\`. Pass a run's folder or checkpoint.`); // prettier-ignore
  }
  return record as RunRecord;
}
