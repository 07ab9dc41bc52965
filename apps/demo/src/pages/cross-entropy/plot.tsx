// A function drawn over a number, by uPlot, with dots on it that move; pointing at the plot picks a number.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { theme } from '../../state/theme.ts';
import { usePlot } from '../../ui/use-plot.ts';

/** Colours by their meaning, as the bars have them. */
export type Tone = 'score' | 'chance' | 'truth' | 'loss' | 'gradient' | 'soft';

interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly tone: Tone;
  readonly dashed?: boolean;
}

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly tone: Tone;
  /** A ring where it is false. */
  readonly filled?: boolean;
}

export interface PlotProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly dots?: readonly Dot[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yRange: readonly [number, number];
  readonly height?: number;
  readonly onPick?: (x: number) => void;
}

export function Plot({ label, x, lines, dots = [], xLabel, yLabel, yRange, height = 240, onPick }: PlotProps) {
  const shownDots = useRef(dots);
  shownDots.current = dots;
  const look = theme.value;
  const [from, to] = [x[0] ?? 0, x.at(-1) ?? 1];
  const [low, high] = yRange;
  // Made when there is something to draw: not all plots of the article in its first frame.
  const ready = lines.some(({ values }) => values.length > 0);
  const drawn = lines.map(({ label: name, tone, dashed }) => `${name} ${tone} ${dashed}`).join('|');

  const { place, plot } = usePlot(
    height,
    (parent) => {
      if (!ready) return undefined;
      const style = getComputedStyle(parent);
      const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim() || '#888';
      const axis = {
        stroke: colour('soft'),
        grid: { stroke: colour('line'), width: 1 },
        ticks: { show: false },
        font: '12px system-ui, sans-serif',
        labelFont: '12px system-ui, sans-serif',
        labelSize: 22,
      };
      const drawDots = (u: uPlot): void => {
        const { ctx } = u;
        const ratio = uPlot.pxRatio;
        ctx.save();
        ctx.setLineDash([]);
        for (const { x: dotX, y, tone, filled = true } of shownDots.current) {
          if (!(y >= low && y <= high)) continue;
          ctx.beginPath();
          ctx.arc(u.valToPos(dotX, 'x', true), u.valToPos(y, 'y', true), 5.5 * ratio, 0, 2 * Math.PI);
          ctx.lineWidth = 2 * ratio;
          ctx.fillStyle = filled ? colour(tone) : colour('panel');
          ctx.strokeStyle = filled ? colour('panel') : colour(tone);
          ctx.fill();
          ctx.stroke();
        }
        ctx.restore();
      };
      return {
        // Whole pixels would make steps of gentle slopes.
        pxAlign: 0,
        padding: [10, 12, 0, 0],
        scales: { x: { time: false, range: [from, to] }, y: { range: [low, high] } },
        axes: [
          { ...axis, label: xLabel, size: 28 },
          { ...axis, label: yLabel, size: 40 },
        ],
        series: [
          {},
          ...lines.map(({ label: name, tone, dashed }) => ({
            label: name,
            stroke: colour(tone),
            width: 2,
            points: { show: false },
            ...(dashed && { dash: [6, 5] }),
          })),
        ],
        hooks: { draw: [drawDots] },
      };
    },
    [ready, drawn, look, from, to, low, high, xLabel, yLabel],
  );

  useEffect(() => {
    plot.current?.setData([[...x], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData);
  });

  const pick = (event: PointerEvent): void => {
    const made = plot.current;
    if (!onPick || !made || (event.type === 'pointermove' && event.buttons === 0)) return;
    const { left } = made.over.getBoundingClientRect();
    onPick(Math.min(to, Math.max(from, made.posToVal(event.clientX - left, 'x'))));
  };
  return (
    <figure class="plot">
      <div
        ref={place}
        class={onPick ? 'place picks' : 'place'}
        role="img"
        aria-label={label}
        style={{ height }}
        onPointerDown={pick}
        onPointerMove={pick}
      />
      <figcaption>
        {lines.map(({ label: name, tone, dashed }) => (
          <span key={name} class="key">
            <i class={dashed ? `dash ${tone}` : tone} />
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
