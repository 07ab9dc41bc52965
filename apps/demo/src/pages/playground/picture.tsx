// A canvas of as many pixels as there are numbers, which the browser enlarges.

import { useEffect, useRef } from 'preact/hooks';
import { theme } from '../../state/theme.ts';
import type { Pixels } from './paint.ts';
import { paletteOf, type Palette } from './palette.ts';

export interface PictureProps {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The size of a pixel, in rem. */
  readonly zoom: number;
  readonly kind: 'units' | 'heat';
  readonly paint: (values: Float32Array, palette: Palette) => Pixels;
  readonly label: string;
}

export function Picture({ values, width, height, zoom, kind, paint, label }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = theme.value;
  useEffect(() => {
    const { current } = canvas;
    if (!current || width * height === 0) return;
    const pixels = paint(values, paletteOf(current));
    if (pixels.length === 4 * width * height) {
      current.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
    }
  }, [values, width, height, look]);
  const style = { width: `${width * zoom}rem`, height: `${height * zoom}rem` };
  return <canvas ref={canvas} class={kind} width={width} height={height} style={style} role="img" aria-label={label} />;
}
