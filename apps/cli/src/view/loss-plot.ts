// The loss over the steps as a line of dots. Where it spans more than a power of ten, the axis is logarithmic, or the end of the run
// would lie flat on the ground.

import type { Glyphs } from './glyphs.ts';
import type { LossPoint } from './loss-history.ts';
import type { Paint } from './paint.ts';
import { showCount, showNumber } from './quantities.ts';

export interface LossPlotOptions {
  /** In characters, with axes and numbers. */
  readonly width: number;
  /** Lines of the plot itself; two more are below. */
  readonly height: number;
  /** Updates of an epoch, for marks where one ends. */
  readonly stepsPerEpoch: number;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
}

/** Lines of a plot, from the first to the last point; none where there are fewer than two. */
export function plotLoss(points: readonly LossPoint[], options: LossPlotOptions): string[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first.step === last.step) return [];
  const { width, height, stepsPerEpoch, glyphs, paint } = options;
  const losses = points.map(({ loss }) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const isLog = low > 0 && high / low > 10;
  const scale = isLog ? Math.log : (x: number): number => x;
  const middle = isLog ? Math.sqrt(low * high) : (low + high) / 2;
  const labels = new Map([
    [0, showNumber(high)],
    [height >> 1, showNumber(middle)],
    [height - 1, showNumber(low)],
  ]);
  const margin = Math.max(...[...labels.values()].map(({ length }) => length));
  const columns = width - margin - 2;

  // A mean may be rounded to what lies beyond.
  const levelOf = (loss: number): number =>
    high === low ? 0.5 : Math.min(1, Math.max(0, (scale(loss) - scale(low)) / (scale(high) - scale(low))));
  const levels = levelsOf(points, columns * glyphs.dots.across, levelOf);
  const { side, mark, corner, bottom, tick } = glyphs.axis;
  const lines = drawLine(levels, columns, height, glyphs.dots).map((line, row) => {
    const label = labels.get(row);
    return `${paint('dim', `${(label ?? '').padStart(margin)} ${label ? mark : side}`)}${paint('cyan', line.trimEnd())}`;
  });
  const ends = epochEnds(first.step, last.step, stepsPerEpoch, columns);
  const floor = Array.from({ length: columns }, (_, k) => (ends.has(k) ? tick : bottom)).join('');
  const [from, to] = [`step ${showCount(first.step)}`, showCount(last.step)];
  const title = isLog ? 'loss (log scale)' : 'loss';
  const room = columns - from.length - to.length;
  const left = Math.max(1, (room - title.length) >> 1);
  const middleText = room > title.length + 2 ? `${' '.repeat(left)}${title}`.padEnd(room) : ' '.repeat(room);
  const indent = ' '.repeat(margin + 2);
  return [
    ...lines,
    paint('dim', `${' '.repeat(margin + 1)}${corner}${floor}`),
    paint('dim', `${indent}${from}${middleText}${to}`),
  ];
}

/** The mean of the points that fall on each column, and a straight line over columns that have none. */
function levelsOf(points: readonly LossPoint[], columns: number, levelOf: (loss: number) => number): number[] {
  const [start, end] = [points[0]?.step ?? 0, points.at(-1)?.step ?? 1];
  const sums = Array.from({ length: columns }, () => ({ sum: 0, count: 0 }));
  for (const { step, loss } of points) {
    const column = sums[Math.round(((step - start) / (end - start)) * (columns - 1))];
    if (!column) continue;
    column.sum += loss;
    column.count++;
  }
  const known = sums.flatMap(({ sum, count }, at) => (count > 0 ? [{ at, value: levelOf(sum / count) }] : []));
  let next = 0;
  return sums.map((_, at) => {
    while (next < known.length - 1 && (known[next]?.at ?? 0) < at) next++;
    const b = known[next] ?? { at, value: 0 };
    const a = known[next - 1] ?? b;
    return a.at === b.at ? b.value : a.value + ((b.value - a.value) * (at - a.at)) / (b.at - a.at);
  });
}

/** Dots at the levels, in 0…1, each joined to the one before. */
function drawLine(
  levels: readonly number[],
  columns: number,
  height: number,
  { across, down, show }: Glyphs['dots'],
): string[] {
  const rows = height * down;
  const set = new Set<number>();
  let before: number | undefined;
  levels.forEach((level, x) => {
    const y = Math.round((1 - level) * (rows - 1));
    const [from, to] = before === undefined || before === y ? [y, y] : before < y ? [before + 1, y] : [y, before - 1];
    for (let row = from; row <= to; row++) set.add(row * levels.length + x);
    before = y;
  });
  const cell = (row: number, column: number): string =>
    show(Array.from({ length: across * down }, (_, k) => {
      const [x, y] = [column * across + (k % across), row * down + Math.floor(k / across)];
      return set.has(y * levels.length + x);
    })); // prettier-ignore
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cell(row, column)).join(''),
  );
}

/** The columns in which epochs end; none where they would be too many to tell apart. */
function epochEnds(start: number, end: number, stepsPerEpoch: number, columns: number): Set<number> {
  if ((stepsPerEpoch / (end - start)) * columns < 4) return new Set();
  const from = Math.ceil(start / stepsPerEpoch);
  const count = Math.max(0, Math.floor(end / stepsPerEpoch) - from + 1);
  const ends = Array.from({ length: count }, (_, k) => (from + k) * stepsPerEpoch);
  return new Set(ends.map((step) => Math.round(((step - start) / (end - start)) * (columns - 1))));
}
