// Curves over steps, drawn by uPlot.

import { useEffect } from 'preact/hooks';
import type uPlot from 'uplot';
import { theme } from '../state/theme.ts';
import { usePlot } from './use-plot.ts';

interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  readonly height?: number;
  /** The vertical axis by powers of ten. */
  readonly logarithmic?: boolean;
}

const colours = {
  light: ['#b45309', '#0f766e', '#6d28d9', '#be123c'],
  dark: ['#fbbf24', '#2dd4bf', '#c4b5fd', '#fb7185'],
};
const inks = { light: { text: '#4b5563', grid: '#e5e7eb' }, dark: { text: '#cbd5e1', grid: '#334155' } };

export function Chart({ label, x, series, height = 180, logarithmic = false }: ChartProps) {
  const names = series.map((one) => one.label).join('|');
  const look = theme.value;

  const { place, plot } = usePlot(height, () => {
    const axis = { stroke: inks[look].text, grid: { stroke: inks[look].grid, width: 1 }, ticks: { show: false } };
    return {
      scales: { x: { time: false }, y: { distr: logarithmic ? 3 : 1 } },
      axes: [axis, { ...axis, size: 52 }],
      series: [{}, ...series.map((one, k) => ({ label: one.label, stroke: colours[look][k % 4] ?? '#888', width: 1.5, spanGaps: true }))], // prettier-ignore
    };
  }, [names, look, logarithmic]);

  useEffect(() => {
    plot.current?.setData([[...x], ...series.map(({ values }) => [...values])] as uPlot.AlignedData);
  }, [x, series, look, height, logarithmic]);

  const last = series.map(
    ({ label: name, values }) => `${name}: ${format(values.findLast((value) => value !== null))}`,
  );
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={`${label}. ${last.join(', ')}`} style={{ height }} />
      <figcaption>
        {series.map((one, k) => (
          <span key={one.label} class="key">
            <i style={{ background: colours[look][k % 4] }} />
            {last[k]}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

const format = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value.toPrecision(3);
