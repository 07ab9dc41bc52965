// Points, each class in a shape of its own, so that they can be told apart without colours too.

import type { OwnPoint, Square } from './config.ts';
import { css, type Palette } from './palette.ts';

export interface ShownPoint extends OwnPoint {
  /** Those for training are filled, those for testing hollow. */
  readonly isFilled: boolean;
}

/** Draws points of a square of the plane over the whole of a canvas that is `shownWidth` wide on the page. */
export function drawPoints(
  context: CanvasRenderingContext2D,
  points: readonly ShownPoint[],
  { x: middleX, y: middleY, reach }: Square,
  shownWidth: number,
  palette: Palette,
): void {
  const size = context.canvas.width;
  const scale = size / (2 * reach);
  // Smaller where there are many.
  const radius = (size / shownWidth) * (points.length > 400 ? 3.6 : 4.6);
  context.clearRect(0, 0, size, size);
  for (const { x, y, label, isFilled } of points) {
    const colour = css(palette.classes[label] ?? palette.ink);
    const ground = css(palette.ground);
    outline(context, (x - middleX + reach) * scale, (middleY + reach - y) * scale, label, radius);
    context.fillStyle = isFilled ? colour : ground;
    context.fill();
    context.lineWidth = radius * (isFilled ? 0.3 : 0.5);
    context.strokeStyle = isFilled ? ground : colour;
    context.stroke();
  }
}

const triangle = [[0, -1.2], [1.1, 0.75], [-1.1, 0.75]]; // prettier-ignore
const diamond = [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]]; // prettier-ignore

function outline(context: CanvasRenderingContext2D, x: number, y: number, label: number, r: number): void {
  context.beginPath();
  if (label === 0) context.arc(x, y, r, 0, 2 * Math.PI);
  else if (label === 1) context.rect(x - 0.86 * r, y - 0.86 * r, 1.72 * r, 1.72 * r);
  else {
    for (const [dx = 0, dy = 0] of label === 2 ? triangle : diamond) context.lineTo(x + dx * r, y + dy * r);
    context.closePath();
  }
}
