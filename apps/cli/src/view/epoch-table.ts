// A line for each epoch that is over.

import type { train } from 'rushlight';
import type { Glyphs } from './glyphs.ts';
import type { Paint } from './paint.ts';
import { showNumber, showSeconds, showShare } from './quantities.ts';
import { metricOf } from './view.ts';

export interface EpochTableOptions {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
}

interface Column {
  readonly head: string;
  readonly width: number;
  show(event: train.EpochEvent): string;
}

const columns = (task: 'classification' | 'regression'): readonly Column[] => [
  { head: 'Epoch', width: 5, show: ({ epoch }) => String(epoch) },
  { head: 'Train loss', width: 10, show: ({ loss }) => showNumber(loss) },
  { head: 'Test loss', width: 10, show: (event) => showNumber(metricOf(event, 'loss')) },
  ...(task === 'regression' ? ofNumbers : ofClasses),
  { head: 'Time', width: 8, show: ({ seconds }) => showSeconds(seconds) },
];

const ofClasses: readonly Column[] = [
  { head: 'Accuracy', width: 9, show: (event) => showShare(metricOf(event, 'accuracy')) },
];

const ofNumbers: readonly Column[] = [
  { head: 'R2', width: 8, show: (event) => showNumber(metricOf(event, 'r2')) },
  { head: 'MAE', width: 9, show: (event) => showNumber(metricOf(event, 'mae')) },
];

/** The heads of the columns. */
export function epochHeads(task: 'classification' | 'regression', { width, paint }: EpochTableOptions): string {
  return paint('dim', columns(task).map((column) => column.head.padStart(column.width)).join(gapFor(width))); // prettier-ignore
}

/** The epoch, its losses, its metrics, how long it took, and a star if none before was better. */
export function epochLine(
  task: 'classification' | 'regression',
  event: train.EpochEvent,
  { width, glyphs, paint }: EpochTableOptions,
): string {
  const cells = columns(task).map((column) => column.show(event).padStart(column.width));
  return cells.join(gapFor(width)) + (event.isBest ? ` ${paint('yellow', glyphs.star)}` : '');
}

const gapFor = (width: number): string => ' '.repeat(width < 64 ? 1 : 3);
