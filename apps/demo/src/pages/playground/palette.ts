// The page's colours as numbers, for canvases: they stand in playground.css, for light and dark.

export type Rgb = readonly [r: number, g: number, b: number];

export interface Palette {
  readonly classes: readonly Rgb[];
  readonly ground: Rgb;
  readonly ink: Rgb;
  readonly positive: Rgb;
  readonly negative: Rgb;
}

let reader: CanvasRenderingContext2D | null | undefined;

/** Of any colour that CSS knows, since builds write them as short as they can: canvases tell what they were given in six digits. */
function parse(text: string): Rgb {
  reader ??= document.createElement('canvas').getContext('2d');
  if (!reader) return [0, 0, 0];
  reader.fillStyle = text.trim();
  const value = Number.parseInt(reader.fillStyle.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

let known: { readonly theme: string | undefined; readonly palette: Palette } | undefined;

/** The colours at an element of the page, read anew when the theme changes: there are many canvases, and reading styles takes time. */
export function paletteOf(element: Element): Palette {
  const theme = document.documentElement.dataset['theme'];
  if (known && known.theme === theme) return known.palette;
  const style = getComputedStyle(element);
  const read = (name: string): Rgb => parse(style.getPropertyValue(name));
  const palette = {
    classes: [0, 1, 2, 3].map((k) => read(`--class-${k}`)),
    ground: read('--panel'),
    ink: read('--ink'),
    positive: read('--positive'),
    negative: read('--negative'),
  };
  known = { theme, palette };
  return palette;
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;

/** A share of the second colour mixed into the first. */
export const mixed = (a: Rgb, b: Rgb, share: number): Rgb => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];
