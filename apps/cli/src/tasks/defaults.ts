import { pointSets, tables, type DataSet } from '../config/choices.ts';
import type { Settings } from '../config/fields.ts';

/** What a run is told if nobody says otherwise. */
export type Defaults = Required<
  Pick<Settings, 'model' | 'hidden' | 'epochs' | 'batchSize' | 'lr' | 'optimizer' | 'scheduler'>
> &
  Pick<Settings, 'weightDecay'>;

const images: Defaults = {
  model: 'cnn', hidden: [128], epochs: 6, batchSize: 64, lr: 0.004, optimizer: 'adam', scheduler: 'step',
}; // prettier-ignore

/** Points in the plane: plenty of them, and a boundary that winds. */
const points: Defaults = {
  model: 'mlp', hidden: [64, 32], epochs: 100, batchSize: 32, lr: 0.005, optimizer: 'adamw', scheduler: 'cosine',
}; // prettier-ignore

/** Tables have few rows: a small network, not for long, and held back. */
const rows: Defaults = {
  model: 'mlp', hidden: [128], epochs: 40, batchSize: 32, lr: 0.01, optimizer: 'adamw', scheduler: 'cosine', weightDecay: 0.3,
}; // prettier-ignore

export function defaultsFor(dataset: DataSet): Defaults {
  const isIn = (names: readonly string[]): boolean => names.includes(dataset);
  if (isIn(pointSets)) return points;
  return isIn(tables) ? rows : images;
}
