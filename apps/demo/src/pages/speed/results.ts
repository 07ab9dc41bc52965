// What was measured so far, as a table and as Markdown.

import type { Measurable, SpeedReport } from './protocol.ts';
import type { Unit } from './workloads.ts';

interface Cell {
  readonly value: number;
  readonly spread: number;
  readonly turns: number;
}

type Column =
  | { readonly kind: 'device'; readonly description: string; readonly isSoftware: boolean }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Results {
  readonly columns: Readonly<Partial<Record<Measurable, Column>>>;
  /** By `key(backend, workload)`; a string says why there is no number. */
  readonly cells: ReadonlyMap<string, Cell | string>;
  /** What is being measured. */
  readonly current: { readonly backend: Measurable; readonly workload: string } | undefined;
  readonly isDone: boolean;
}

export const nothing: Results = { columns: {}, cells: new Map(), current: undefined, isDone: false };

export const key = (backend: Measurable, workload: string): string => `${backend} ${workload}`;

export function withReport(results: Results, report: SpeedReport): Results {
  const cell = (backend: Measurable, workload: string, value: Cell | string): Results => ({
    ...results,
    cells: new Map([...results.cells, [key(backend, workload), value]]),
  });
  switch (report.kind) {
    case 'device':
    case 'unavailable': {
      const { backend, ...column } = report;
      return { ...results, columns: { ...results.columns, [backend]: column } };
    }
    case 'begin':
      return { ...results, current: report };
    case 'result':
      return cell(report.backend, report.workload, { value: report.value, ...report.measured });
    case 'failed':
      return cell(report.backend, report.workload, report.reason);
    case 'done':
      return { ...results, current: undefined, isDone: true };
  }
}

/** Numbers of a row, undefined where there is none. */
export const rowOf = (results: Results, backends: readonly Measurable[], workload: string): (number | undefined)[] =>
  backends.map((backend) => {
    const cell = results.cells.get(key(backend, workload));
    return typeof cell === 'object' ? cell.value : undefined;
  });

/** Three digits that count. */
export function digits(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

export interface MarkdownTexts {
  readonly what: string;
  readonly software: string;
  readonly absent: string;
  readonly machine: string;
}

export function markdownOf(
  results: Results,
  { backends, workloads, texts }: { backends: readonly Measurable[]; workloads: readonly { readonly name: string; readonly unit: Unit }[]; texts: MarkdownTexts }, // prettier-ignore
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = workloads.map(({ name, unit }) =>
    line([name, unit, ...rowOf(results, backends, name).map((value) => (value === undefined ? '–' : digits(value)))]),
  );
  const columns = backends.map((backend) => {
    const column = results.columns[backend];
    if (!column) return `- ${backend}: –`;
    if (column.kind === 'unavailable') return `- ${backend}: ${texts.absent} ${column.reason}`;
    return `- ${backend}: ${column.description}${column.isSoftware ? ` (${texts.software})` : ''}`;
  });
  const head = [line([texts.what, '', ...backends]), line(['---', '---', ...backends.map(() => '---:')])];
  return [...head, ...rows, '', ...columns, '', texts.machine, ''].join('\n');
}
