// The layers of a model as a table. Of a model with many, parts are shown as wholes.

import type { Glyphs } from './glyphs.ts';
import type { Paint } from './paint.ts';
import { plural, showBytes, showCount } from './quantities.ts';
import type { LayerSummary, Summary } from './summarize-model.ts';

export interface ModelTableOptions {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
}

type Row = readonly [path: string, kind: string, output: string, parameters: number];

const mostRows = 30;
const gap = 2;

/** Lines: layer, kind, output shape and parameters of each, and what they come to. */
export function modelTable(summary: Summary, { width, glyphs, paint }: ModelTableOptions): string[] {
  const rows = rowsOf(summary, glyphs);
  const heads = ['Layer', 'Kind', 'Output', 'Parameters'] as const;
  const cells = rows.map(([layer, type, shape, count]) => [layer, type, shape, showCount(count)] as const);
  const needed = heads.map((head, k) => Math.max(head.length, ...cells.map((row) => (row[k] ?? '').length)));
  const [path = 0, kind = 0, output = 0, parameters = 0] = needed;
  // Where there is no room for all, the path gives way first, then the kind, then the shape.
  const fixed = parameters + 3 * gap;
  let over = path + kind + output + fixed - width;
  const widths = [path, kind, output].map((size) => {
    const less = Math.min(Math.max(0, over), Math.max(0, size - 10));
    over -= less;
    return size - less;
  });
  const fit = (text: string, size: number): string =>
    (text.length <= size
      ? text
      : `${glyphs.ellipsis}${text.slice(text.length - size + glyphs.ellipsis.length)}`
    ).padEnd(size);
  const line = (row: readonly string[]): string => {
    const fitted = widths.map((size, k) => fit(row[k] ?? '', size));
    return [...fitted, (row.at(-1) ?? '').padStart(parameters)].join(' '.repeat(gap));
  };
  const rule = paint('dim', glyphs.rule.repeat(widths.reduce((a, b) => a + b, 0) + fixed));
  return [paint('dim', line(heads)), rule, ...cells.map(line), rule, totals(summary, paint)];
}

function totals({ name, parameters, trainable, bytes }: Summary, paint: Paint): string {
  const trained = trainable === parameters ? 'all trainable' : `${showCount(trainable)} trainable`;
  const parts =
    parameters === 0 ? 'no parameters' : `${plural(parameters, 'parameter')}, ${trained}, ${showBytes(bytes)}`;
  return `${paint('bold', name)}: ${parts}`;
}

function rowsOf(summary: Summary, { ellipsis }: Glyphs): Row[] {
  const { layers, name } = summary;
  const depthOf = ({ path }: LayerSummary): number => path.split('.').length;
  const asRow = ({ path, kind, calls, outputShape, parameters }: LayerSummary): Row => [
    path || name,
    calls > 1 ? `${kind} (${calls} times)` : kind,
    outputShape ? `[${outputShape.join(', ')}]` : '-',
    parameters,
  ];
  const upTo = (depth: number): Row[] =>
    layers.flatMap((layer) => {
      if (depthOf(layer) > depth) return [];
      if (!layer.isContainer || layer.path === '') return [asRow(layer)];
      if (depthOf(layer) < depth) return layer.parameters > 0 ? [asRow(layer)] : [];
      const inside = layers.filter(({ path }) => path === layer.path || path.startsWith(`${layer.path}.`));
      return [asRow({ ...layer, parameters: inside.reduce((sum, { parameters }) => sum + parameters, 0) })];
    });
  let depth = Math.max(1, ...layers.map(depthOf));
  let rows = upTo(depth);
  while (rows.length > mostRows && depth > 1) rows = upTo(--depth);
  if (rows.length <= mostRows) return rows;
  const left = rows.slice(mostRows - 10, -9);
  const more: Row = [ellipsis, `${showCount(left.length)} more`, '', sumOf(left)];
  return [...rows.slice(0, mostRows - 10), more, ...rows.slice(-9)];
}

const sumOf = (rows: readonly Row[]): number => rows.reduce((sum, [, , , count]) => sum + count, 0);
