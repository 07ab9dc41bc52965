// A small image whose pixels are seen as such. What it shows is said by what stands around it.

import { useEffect, useRef } from 'preact/hooks';

export interface PixelsProps {
  /** Red, green, blue and opacity of each pixel, row after row. */
  readonly colours: Uint8ClampedArray<ArrayBuffer>;
  readonly side: number;
}

export function Pixels({ colours, side }: PixelsProps) {
  const place = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    place.current?.getContext('2d')?.putImageData(new ImageData(colours, side, side), 0, 0);
  }, [colours, side]);
  return <canvas ref={place} class="pixels" width={side} height={side} aria-hidden="true" />;
}

/** Ink on black, as MNIST has it. */
export function GrayImage({ pixels, side = 28 }: { readonly pixels: Uint8Array; readonly side?: number }) {
  return <Pixels colours={grayColours(pixels)} side={side} />;
}

function grayColours(pixels: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const colours = new Uint8ClampedArray(pixels.length * 4);
  pixels.forEach((value, k) => colours.set([value, value, value, 255], 4 * k));
  return colours;
}
