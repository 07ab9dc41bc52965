import { ValueError } from '@rushlight/core';
import { outside, type Places } from './pick.ts';

/** How many pixels to add: on all sides, [left and right, top and bottom], or [left, top, right, bottom]; negative ones cut off. */
export type Padding =
  | number
  | readonly [all: number]
  | readonly [leftRight: number, topBottom: number]
  | readonly [left: number, top: number, right: number, bottom: number];

/** What a border holds: a value, the edge, or the image mirrored at its edge, which is not repeated or, if symmetric, is. */
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

/** The most that each mode can add to `size` pixels, and where it takes what lies at `place`, outside of them. */
const modes: Readonly<Record<PaddingMode, { most(size: number): number; from(place: number, size: number): number }>> =
  {
    constant: { most: () => Infinity, from: () => outside },
    edge: { most: (size) => (size > 0 ? Infinity : 0), from: (place, size) => (place < 0 ? 0 : size - 1) },
    reflect: { most: (size) => size - 1, from: (place, size) => (place < 0 ? -place : 2 * size - 2 - place) },
    symmetric: { most: (size) => size, from: (place, size) => (place < 0 ? -1 - place : 2 * size - 1 - place) },
  };

/** [left, top, right, bottom]. Throws a ValueError for what is no padding. */
export function sides(op: string, padding: Padding): readonly [number, number, number, number] {
  const given: readonly number[] = typeof padding === 'number' ? [padding] : padding;
  const [a = NaN, b = a, c = a, d = b] = given;
  if (![1, 2, 4].includes(given.length) || !given.every(Number.isInteger)) {
    throw new ValueError(
      op,
      `padding should be an integer, or 1, 2 or 4 of them, but is [${given.join(', ')}]. Pass [left, top, right, bottom].`,
    );
  }
  return [a, b, c, d];
}

/** Throws a ValueError if there is no such mode. */
export function checkPaddingMode(op: string, mode: PaddingMode): void {
  if (Object.hasOwn(modes, mode)) return;
  throw new ValueError(op, `there is no paddingMode '${String(mode)}'. Use ${Object.keys(modes).join(', ')}.`);
}

/** Places with a border around them. Throws a ValueError if a mode has not as much to give, or nothing would be left. */
export function pad(op: string, places: Places, before: number, after: number, mode: PaddingMode): Places {
  const size = places.length;
  const { most, from } = modes[mode];
  if (Math.max(before, after) > 0 && Math.max(before, after) > most(size)) {
    throw new ValueError(
      op,
      `padding ${Math.max(before, after)} asks the mode ${mode} for more than the ${size} pixels have. Use at most ${most(size)}.`,
    );
  }
  if (mode === 'symmetric' && Math.min(before, after) < 0) {
    throw new ValueError(op, `padding ${Math.min(before, after)} cannot be symmetric. Use numbers >= 0.`);
  }
  const length = size + before + after;
  if (length < 0)
    throw new ValueError(op, `padding ${before} and ${after} leaves nothing of ${size} pixels. Cut off less.`);
  return new Int32Array(length).map((_, i) => {
    const place = i - before;
    return places[place >= 0 && place < size ? place : from(place, size)] ?? outside;
  });
}
