// Draws weights of attention as squares, row by row, in the colours of the page.

import type { Attention } from './job.ts';

interface Place {
  readonly layer: number;
  readonly head: number;
}

function weightsOf({ weights, characters, heads }: Attention, { layer, head }: Place): Float32Array {
  const size = characters.length ** 2;
  const start = (layer * heads + head) * size;
  return weights.subarray(start, start + size);
}

/** The places that a row looks at most, the first one first. */
export function looksMost(
  attention: Attention,
  { row, ...place }: Place & { row: number },
): { readonly place: number; readonly weight: number }[] {
  const length = attention.characters.length;
  const weights = weightsOf(attention, place).subarray(row * length, row * length + row + 1);
  return Array.from(weights, (weight, k) => ({ place: k, weight }))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, 3)
    .filter(({ weight }) => weight >= 0.005);
}

/** Small weights are to be seen too, so opacity is their root. */
const opacity = (weight: number | undefined): number => Math.sqrt(weight ?? 0);

const colour = (canvas: HTMLCanvasElement, name: string): string => getComputedStyle(canvas).getPropertyValue(name);

/** One pixel for each weight; CSS makes it larger. */
export function drawSmall(canvas: HTMLCanvasElement, attention: Attention, layer: number, head: number): void {
  const length = attention.characters.length;
  canvas.width = canvas.height = length;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.fillStyle = colour(canvas, '--accent');
  weightsOf(attention, { layer, head }).forEach((weight, k) => {
    context.globalAlpha = opacity(weight);
    context.fillRect(k % length, Math.floor(k / length), 1, 1);
  });
}

/** One map with the text along its sides, and a row set off. */
export function drawLarge(
  canvas: HTMLCanvasElement,
  attention: Attention,
  { layer, head, row, width }: Place & { row: number; width: number },
): void {
  const { characters } = attention;
  const length = characters.length;
  const cell = Math.floor(Math.min(width, 560) / (length + 1.5));
  const edge = Math.ceil(cell * 1.5);
  const side = edge + cell * length;
  const ratio = devicePixelRatio;
  canvas.width = canvas.height = side * ratio;
  canvas.style.width = canvas.style.height = `${side}px`;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `${Math.max(9, cell - 3)}px ui-monospace, monospace`;
  const [ink, soft, accent, line] = ['--ink', '--soft', '--accent', '--line'].map((name) => colour(canvas, name));
  characters.forEach((character, k) => {
    const shown = character === '\n' ? '⏎' : character === ' ' ? '·' : character;
    const middle = edge + (k + 0.5) * cell;
    context.fillStyle = (k === row ? accent : character.trim() === '' ? soft : ink) ?? '';
    context.fillText(shown, edge / 2, middle);
    context.fillStyle = (character.trim() === '' ? soft : ink) ?? '';
    context.fillText(shown, middle, edge / 2);
  });
  context.fillStyle = accent ?? '';
  weightsOf(attention, { layer, head }).forEach((weight, k) => {
    context.globalAlpha = opacity(weight);
    context.fillRect(edge + (k % length) * cell, edge + Math.floor(k / length) * cell, cell - 1, cell - 1);
  });
  context.globalAlpha = 1;
  context.strokeStyle = line ?? '';
  context.strokeRect(edge - 1, edge - 1, cell * length + 1, cell * length + 1);
  context.strokeStyle = ink ?? '';
  context.strokeRect(edge - 0.5, edge + row * cell - 0.5, (row + 1) * cell, cell);
}
