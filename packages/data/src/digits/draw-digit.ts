// From a form and a style to pixels: jittered knots become smooth strokes, which are scaled, sheared, turned, moved, and
// drawn with a round pen. Only + − × ÷ and the square root are used, which come out the same to the last bit in every
// engine; `Math.sin` and its like do not.

import type { Form, Stroke } from './skeletons.ts';
import type { Band, Style } from './style.ts';

type Point = readonly [x: number, y: number];

/** Rows and columns of an image. */
export const side = 28;

const stepsPerSpan = 6;

/** Pixels of paper around a digit, whatever its shift. */
const margin = 0.5;

/** Writes `form`, in a hand drawn from `style`, into the 28·28 bytes of `image`: 0 is paper, 255 full ink. */
export function drawDigit(image: Uint8Array, form: Form, style: Style, random: () => number): void {
  const uniform = (low: number, high: number) => low + (high - low) * (random() / 2 ** 32);
  const draw = (bands: readonly Band[]) => uniform(...(bands[random() % bands.length] ?? [0, 0]));

  const wobble = draw(style.wobble);
  const jitter = ([x, y]: Point): Point => [x + uniform(-wobble, wobble), y + uniform(-wobble, wobble)];
  const place = placement(draw(style.height), draw(style.aspect), draw(style.slant), draw(style.turn));
  const lines = form.map((stroke) => smooth(knots(stroke).map(jitter)).map(place));

  const pen = draw(style.pen);
  const shift = draw(style.shift);
  const offset = (axis: 0 | 1) => {
    const along = lines.flatMap((line) => line.map((point) => point[axis]));
    const [low, high] = [Math.min(...along), Math.max(...along)];
    const room = Math.max(0, (side - (high - low)) / 2 - pen - margin);
    return (side - low - high) / 2 + uniform(-1, 1) * Math.min(shift, room);
  };
  const [dx, dy] = [offset(0), offset(1)];

  const coverage = new Float64Array(side * side);
  for (const line of lines) {
    const moved = line.map(([x, y]): Point => [x + dx, y + dy]);
    moved.slice(1).forEach((end, i) => coverSegment(coverage, moved[i] ?? end, end, pen));
  }

  const ink = draw(style.ink);
  const noise = draw(style.noise);
  coverage.forEach((covered, i) => {
    const value = covered * ink + noise * gaussian(random());
    image[i] = Math.floor(Math.min(255, Math.max(0, value)) + 0.5);
  });
}

function knots(stroke: Stroke): Point[] {
  return Array.from({ length: stroke.length / 2 }, (_, i) => [stroke[2 * i] ?? 0, stroke[2 * i + 1] ?? 0]);
}

/** From the skeleton's box to pixels: scale, shear, then turn. */
function placement(height: number, aspect: number, slant: number, turn: number): (point: Point) => Point {
  // The rational parametrisation of the circle gives cosine and sine without calling them.
  const cos = (1 - turn * turn) / (1 + turn * turn);
  const sin = (2 * turn) / (1 + turn * turn);
  return ([u, v]) => {
    const y = (v / 100) * height;
    const x = (u / 100) * height * aspect - slant * y;
    return [cos * x - sin * y, sin * x + cos * y];
  };
}

/** The Catmull-Rom curve through `knots`: it leaves each of them parallel to the chord between its neighbours. */
function smooth(knots: readonly Point[]): Point[] {
  const line = knots.slice(0, 1);
  knots.slice(1).forEach((b, i) => {
    const a = knots[i] ?? b;
    const before = knots[i - 1] ?? a;
    const after = knots[i + 2] ?? b;
    const at = (axis: 0 | 1, t: number) => {
      const [p, q, r, s] = [before[axis], a[axis], b[axis], after[axis]];
      return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
    };
    for (let step = 1; step <= stepsPerSpan; step++)
      line.push([at(0, step / stepsPerSpan), at(1, step / stepsPerSpan)]);
  });
  return line;
}

/** Raises `coverage` to the part of each pixel that a round pen of radius `pen` covers on its way from `a` to `b`. */
function coverSegment(coverage: Float64Array, a: Point, b: Point, pen: number): void {
  const [ax, ay] = a;
  const [ux, uy] = [b[0] - ax, b[1] - ay];
  const squaredLength = ux * ux + uy * uy;
  const reach = pen + 0.5;
  const [left, right] = pixels(ax, b[0], reach);
  const [top, bottom] = pixels(ay, b[1], reach);
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const x = column + 0.5 - ax;
      const y = row + 0.5 - ay;
      const t = squaredLength > 0 ? Math.min(1, Math.max(0, (x * ux + y * uy) / squaredLength)) : 0;
      const ex = x - t * ux;
      const ey = y - t * uy;
      const covered = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey));
      const i = row * side + column;
      if (covered > (coverage[i] ?? 0)) coverage[i] = covered;
    }
  }
}

/** The first and the last pixel within `reach` of the interval between `a` and `b`. */
function pixels(a: number, b: number, reach: number): [first: number, last: number] {
  const first = Math.floor(Math.min(a, b) - reach);
  const last = Math.floor(Math.max(a, b) + reach);
  return [Math.max(0, first), Math.min(side - 1, last)];
}

/** Roughly standard normal: the four bytes of a random integer, added up, centred and scaled. */
function gaussian(bits: number): number {
  return ((bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510) / 147.8;
}
