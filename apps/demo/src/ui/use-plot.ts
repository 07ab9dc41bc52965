// A uPlot in an element: made, kept as wide as the element is, and taken away with it.

import { useEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

interface PlotInPlace {
  /** Of the element that it is made in. */
  readonly place: RefObject<HTMLDivElement | null>;
  readonly plot: { readonly current: uPlot | undefined };
}

/** Made, without data, when one of `depends` changes; `optionsIn` gives undefined while there is nothing to draw. */
export function usePlot(
  height: number,
  optionsIn: (parent: HTMLElement) => Omit<uPlot.Options, 'width' | 'height'> | undefined,
  depends: readonly unknown[],
): PlotInPlace {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const parent = place.current;
    const options = parent && optionsIn(parent);
    if (!options) return undefined;
    const made = new uPlot(
      { cursor: { show: false }, legend: { show: false }, ...options, width: parent.clientWidth, height },
      options.series.map(() => []) as unknown as uPlot.AlignedData,
      parent,
    );
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: parent.clientWidth, height }));
    watcher.observe(parent);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [height, ...depends]);
  return { place, plot };
}
