// What is redrawn while a run goes on: where it is, its numbers, and its loss so far.

import type { Glyphs } from './glyphs.ts';
import type { LossPoint } from './loss-history.ts';
import { plotLoss } from './loss-plot.ts';
import type { Paint } from './paint.ts';
import { showCount, showNumber, showRate, showSeconds, showShare } from './quantities.ts';

/** A run at one moment; undefined is what is not known yet. */
export interface Live {
  readonly task: 'classification' | 'regression';
  /** The epoch at hand, from 1 on, and how many there are in all. */
  readonly epoch: number;
  readonly epochs: number;
  /** How much of the epoch's training, or of its evaluation, is over, in 0…1. */
  readonly share: number;
  readonly isEvaluating: boolean;
  /** Seconds. */
  readonly epochLeft: number | undefined;
  readonly runLeft: number | undefined;
  /** Of the last batches, and of the last one. */
  readonly loss: number | undefined;
  readonly lastLoss: number | undefined;
  readonly accuracy: number | undefined;
  /** Samples per second. */
  readonly speed: number | undefined;
  readonly lr: readonly number[];
  readonly points: readonly LossPoint[];
  readonly stepsPerEpoch: number;
}

export interface LiveBlockOptions {
  readonly width: number;
  /** Lines of the terminal: where they are few, there is no plot. */
  readonly rows: number;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
}

const plotHeight = 6;

/** Lines, none wider than `width`. */
export function liveBlock(live: Live, options: LiveBlockOptions): string[] {
  const { width, rows, glyphs, paint } = options;
  const lines = [progressLine(live, options), ...numberLines(live, options)];
  if (rows < lines.length + plotHeight + 6) return lines;
  const { points, stepsPerEpoch } = live;
  const plot = plotLoss(points, { width, height: plotHeight, stepsPerEpoch, glyphs, paint });
  return plot.length > 0 ? [...lines, '', ...plot] : lines;
}

function progressLine(live: Live, { width, glyphs, paint }: LiveBlockOptions): string {
  const { epoch, epochs, share, isEvaluating, epochLeft } = live;
  const name = `Epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
  const doing = isEvaluating ? 'testing' : epochLeft === undefined ? '' : `${showSeconds(epochLeft)} left`;
  // Each part keeps its width, so that the bar keeps its own.
  const right = `${String(Math.floor(100 * share)).padStart(3)} %  ${doing.padStart(12)}`;
  const size = width - name.length - right.length - 2;
  return `${paint('bold', name)} ${bar(share, size, glyphs, paint, isEvaluating)} ${right}`;
}

function bar(
  share: number,
  size: number,
  { bar: [full, half, empty] }: Glyphs,
  paint: Paint,
  isEvaluating: boolean,
): string {
  const halves = Math.min(2 * size, Math.floor(share * 2 * size));
  const done = full.repeat(halves >> 1) + (halves % 2 === 1 ? half : '');
  return paint(isEvaluating ? 'yellow' : 'green', done) + paint('dim', empty.repeat(size - ((halves + 1) >> 1)));
}

type Part = readonly [label: string, value: string] | readonly [label: string, value: string, isUnit: true];

function numberLines(live: Live, { width, paint }: LiveBlockOptions): string[] {
  const known = (value: number | undefined, show: (value: number) => string): string =>
    value === undefined ? '-' : show(value);
  const [lr, ...others] = live.lr;
  const parts: Part[] = [
    ['loss', known(live.loss, showNumber)],
    ['last', known(live.lastLoss, showNumber)],
    ...(live.task === 'classification' ? [['accuracy', known(live.accuracy, showShare)] as const] : []),
    ['samples/s', known(live.speed, showCount), true],
    ['lr', known(lr, showRate) + (others.length > 0 ? ` +${others.length}` : '')],
    ['run left', known(live.runLeft, showSeconds)],
  ];
  const across = width >= 108 ? 6 : 3;
  const size = Math.floor(width / across);
  const cells = parts.map(([label, value, isUnit]) => {
    const text = isUnit ? `${value} ${paint('dim', label)}` : `${paint('dim', label)} ${value}`;
    return { text, blank: ' '.repeat(Math.max(1, size - label.length - value.length - 1)) };
  });
  return Array.from({ length: Math.ceil(cells.length / across) }, (_, row) => {
    const own = cells.slice(row * across, (row + 1) * across);
    return own.map(({ text, blank }, k) => text + (k < own.length - 1 ? blank : '')).join('');
  });
}
