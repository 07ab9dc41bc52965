// From a form and a style to pixels: jittered knots become smooth strokes, which are sheared, scaled, turned, and
// put down with a round pen. Only + − × ÷ and the square root are used, which come out the same to the last bit in
// every engine; `Math.sin` and its like do not.
import type { Form, Stroke } from './skeletons.ts';
import type { Band, Style } from './style.ts';

type Point = readonly [x: number, y: number];

/** Rows and columns of an image. */
export const side = 28;

const stepsPerSpan = 6;

/** Writes `form` in a hand drawn from `style` into the 28·28 bytes of `image`: 0 is paper, 255 full ink. */
export function drawDigit(image: Uint8Array, form: Form, style: Style, random: () => number): void {
  const uniform = (low: number, high: number) => low + (high - low) * (random() / 2 ** 32);
  const draw = (bands: readonly Band[]) => uniform(...(bands[random() % bands.length] ?? [0, 0]));

  const wobble = draw(style.wobble);
  const jitter = () => uniform(-wobble, wobble);
  const lines = form.map((stroke) => smooth(knotsOf(stroke).map(([x, y]) => [x + jitter(), y + jitter()])));

  // The rational parametrisation of the circle gives cosine and sine without calling them.
  const turn = draw(style.turn);
  const cos = (1 - turn * turn) / (1 + turn * turn);
  const sin = (2 * turn) / (1 + turn * turn);
  const [slant, height, aspect] = [draw(style.slant), draw(style.height), draw(style.aspect)];
  const placed = lines.map((line) =>
    line.map(([u, v]): Point => {
      const y = (v / 100) * height;
      const x = (u / 100) * height * aspect - slant * y;
      return [cos * x - sin * y, sin * x + cos * y];
    }),
  );

  const pen = draw(style.pen);
  const room = draw(style.shift);
  const [dx, dy] = ([0, 1] as const).map((axis) => {
    const along = placed.flatMap((line) => line.map((point) => point[axis]));
    const [low, high] = [Math.min(...along), Math.max(...along)];
    const slack = Math.max(0, (side - (high - low)) / 2 - pen - 0.5);
    return (side - low - high) / 2 + uniform(-1, 1) * Math.min(room, slack);
  }) as [number, number];

  const coverage = new Float64Array(side * side);
  for (const line of placed) {
    line.slice(1).forEach((to, i) => strokeSegment(coverage, line[i] ?? to, to, pen, dx, dy));
  }

  const ink = draw(style.ink);
  const noise = draw(style.noise);
  coverage.forEach((part, i) => {
    image[i] = Math.floor(Math.min(255, Math.max(0, part * ink + noise * gaussian(random()))) + 0.5);
  });
}

function knotsOf(stroke: Stroke): Point[] {
  return Array.from({ length: stroke.length / 2 }, (_, i) => [stroke[2 * i] ?? 0, stroke[2 * i + 1] ?? 0]);
}

/** The Catmull-Rom curve through `knots`: each span leaves a knot parallel to the chord between its neighbours. */
function smooth(knots: readonly Point[]): Point[] {
  const line: Point[] = knots.slice(0, 1);
  knots.slice(1).forEach((b, i) => {
    const a = knots[i] ?? b;
    const before = knots[i - 1] ?? a;
    const after = knots[i + 2] ?? b;
    for (let step = 1; step <= stepsPerSpan; step++) {
      const t = step / stepsPerSpan;
      const at = (p: number, q: number, r: number, s: number) =>
        q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
      line.push([at(before[0], a[0], b[0], after[0]), at(before[1], a[1], b[1], after[1])]);
    }
  });
  return line;
}

/** Raises `coverage` to how much of each pixel a round pen covers on its way from `a` to `b`, both moved by (dx, dy). */
function strokeSegment(coverage: Float64Array, a: Point, b: Point, pen: number, dx: number, dy: number): void {
  const [ax, ay, bx, by] = [a[0] + dx, a[1] + dy, b[0] + dx, b[1] + dy];
  const [ux, uy] = [bx - ax, by - ay];
  const length2 = ux * ux + uy * uy;
  const reach = pen + 0.5;
  const [left, right] = [first(ax, bx, reach), last(ax, bx, reach)];
  for (let row = first(ay, by, reach); row <= last(ay, by, reach); row++) {
    for (let column = left; column <= right; column++) {
      const [x, y] = [column + 0.5 - ax, row + 0.5 - ay];
      const t = length2 > 0 ? Math.min(1, Math.max(0, (x * ux + y * uy) / length2)) : 0;
      const [ex, ey] = [x - t * ux, y - t * uy];
      const covered = Math.min(1, Math.max(0, reach - Math.sqrt(ex * ex + ey * ey)));
      const i = row * side + column;
      if (covered > (coverage[i] ?? 0)) coverage[i] = covered;
    }
  }
}

function first(a: number, b: number, reach: number): number {
  return Math.max(0, Math.floor(Math.min(a, b) - reach));
}

function last(a: number, b: number, reach: number): number {
  return Math.min(side - 1, Math.floor(Math.max(a, b) + reach));
}

/** Roughly a standard normal number: the sum of the four bytes of a random integer, centred and scaled. */
function gaussian(bits: number): number {
  return ((bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510) / 147.8;
}
