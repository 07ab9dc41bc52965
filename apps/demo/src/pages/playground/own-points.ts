// Points that the visitor put there: how they stand in the address, and as text.

import type { Field } from '../../state/url.ts';
import { limits, type OwnPoint } from './config.ts';

/** Coordinates go from −1.5 to 1.5 in steps of 1/400: two letters to the base of 36 hold one. */
const steps = 400;
const reach = 1.5;

/** The nearest place that the address can hold. */
function onGrid(value: number): number {
  return Math.round(Math.min(Math.max(value, -reach), reach) * steps) / steps;
}

export const ownPoint = (x: number, y: number, label: number): OwnPoint => ({ x: onGrid(x), y: onGrid(y), label });

const letters = (value: number): string =>
  Math.round((value + reach) * steps)
    .toString(36)
    .padStart(2, '0');

/** Five letters a point: its class, x and y. */
export const pointsField: Field<readonly OwnPoint[]> = {
  fallback: [],
  read(text) {
    if (!/^([0-3][0-9a-z]{4})*$/.test(text) || text.length > 5 * limits.points) return undefined;
    const most = 2 * reach * steps;
    const places = Array.from({ length: text.length / 5 }, (_, k) => text.slice(5 * k, 5 * k + 5));
    const read = places.map((place) => ({
      label: Number(place[0]),
      x: Number.parseInt(place.slice(1, 3), 36),
      y: Number.parseInt(place.slice(3, 5), 36),
    }));
    if (read.some(({ x, y }) => x > most || y > most)) return undefined;
    return read.map(({ x, y, label }) => ({ x: x / steps - reach, y: y / steps - reach, label }));
  },
  write: (points) => points.map(({ x, y, label }) => `${label}${letters(x)}${letters(y)}`).join(''),
};

/** What is wrong with a text of points, and in which line, counted from 1. */
export interface PointsProblem {
  readonly line: number;
  readonly problem: 'shape' | 'number' | 'range' | 'class' | 'many';
}

/** Reads a line for each point: x, y and class with commas or blanks between them. Empty lines, and those that begin with #, are passed over. */
export function parsePoints(text: string): readonly OwnPoint[] | PointsProblem {
  const points: OwnPoint[] = [];
  // No more is read than can be of use: a large file costs nothing.
  const lines = text.slice(0, 200 * limits.points).split('\n');
  for (const [k, given] of lines.entries()) {
    const line = k + 1;
    const row = given.trim();
    if (row === '' || row.startsWith('#')) continue;
    const parts = row.split(/[\s,;]+/).filter((part) => part !== '');
    if (parts.length !== 3) return { line, problem: 'shape' };
    const [x = NaN, y = NaN, label = NaN] = parts.map(Number);
    if (!Number.isFinite(x) || !Number.isFinite(y)) return { line, problem: 'number' };
    if (Math.abs(x) > reach || Math.abs(y) > reach) return { line, problem: 'range' };
    if (!Number.isInteger(label) || label < 0 || label >= limits.classes) return { line, problem: 'class' };
    if (points.length === limits.points) return { line, problem: 'many' };
    points.push(ownPoint(x, y, label));
  }
  return points;
}

/** A number as short as it can be written. */
export const short = (value: number): string => String(Number(value.toFixed(4)));

export const writePoints = (points: readonly OwnPoint[]): string =>
  points.map(({ x, y, label }) => `${short(x)}, ${short(y)}, ${label}`).join('\n');
