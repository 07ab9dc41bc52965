// Where resampling reads along one dim: for each element of the result a few places and their weights. The tables are as long as
// a line, not as the image, so they are made on the host, in the steps and the precision that PyTorch takes, which decides where
// a number falls exactly between two elements.

/** Places and weights row-major, `taps` for each element; nearest has no weights. */
export interface ResampleTable {
  readonly taps: number;
  readonly places: Int32Array;
  readonly weights?: Float64Array;
}

export interface ResampledDim {
  readonly from: number;
  readonly to: number;
  /** What the user scales by, where sizes are not to say it. */
  readonly scale: number | undefined;
  readonly alignCorners: boolean;
  /** Rounds to the precision of the tensor. */
  readonly round: (x: number) => number;
}

/** How far to move in the input per element of the result. */
function stepOf({ from, to, scale, alignCorners, round }: ResampledDim): number {
  if (alignCorners) return to > 1 ? round(round(from - 1) / round(to - 1)) : 0;
  return scale === undefined ? round(from / to) : round(1 / scale);
}

/** Where element `o` of the result lies in the input. */
function centreOf({ alignCorners, round }: ResampledDim, step: number, o: number): number {
  return alignCorners ? round(step * o) : round(round(step * (o + 0.5)) - 0.5);
}

/** The element before, or with `isExact` the one whose area a centre falls in. */
export function nearestTable(dim: ResampledDim, isExact: boolean): ResampleTable {
  const { from, to, round } = dim;
  const step = stepOf(dim);
  const shift = isExact ? 0.5 : 0;
  const places = Int32Array.from({ length: to }, (_, o) => Math.min(Math.floor(round((o + shift) * step)), from - 1));
  return { taps: 1, places };
}

/** Two neighbours, by how near they are. */
export function linearTable(dim: ResampledDim): ResampleTable {
  const { from, to, round } = dim;
  const step = stepOf(dim);
  const places = new Int32Array(2 * to);
  const weights = new Float64Array(2 * to);
  for (let o = 0; o < to; o++) {
    const at = from === to ? o : Math.max(0, centreOf(dim, step, o));
    const first = Math.min(Math.floor(at), from - 1);
    const weight = Math.min(Math.max(round(at - first), 0), 1);
    places.set([first, from === to ? first : Math.min(first + 1, from - 1)], 2 * o);
    weights.set([1 - weight, weight], 2 * o);
  }
  return { taps: 2, places, weights };
}

/** Keys' cubic kernel: 1 at 0, 0 at every other integer. https://doi.org/10.1109/TASSP.1981.1163711 */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * a * x - 4 * a : 0;
}

/** Four neighbours, beyond an edge the edge. */
export function cubicTable(dim: ResampledDim): ResampleTable {
  const { from, to, round } = dim;
  const step = stepOf(dim);
  const places = new Int32Array(4 * to);
  const weights = new Float64Array(4 * to);
  for (let o = 0; o < to; o++) {
    const at = centreOf(dim, step, o);
    const base = Math.floor(at);
    const rest = round(at - base);
    for (let t = 0; t < 4; t++) {
      places[4 * o + t] = Math.max(0, Math.min(base + t - 1, from - 1));
      weights[4 * o + t] = cubic(rest + 1 - t, -0.75);
    }
  }
  return { taps: 4, places, weights };
}

/** All elements that a kernel widened by the step reaches, so that shrinking leaves none out. */
export function antialiasTable(dim: ResampledDim, kernel: 'linear' | 'cubic'): ResampleTable {
  const { from, to, round } = dim;
  const step = stepOf(dim);
  const widened = Math.max(step, 1);
  const support = (kernel === 'linear' ? 1 : 2) * widened;
  const weightOf = (x: number): number => (kernel === 'linear' ? Math.max(0, 1 - Math.abs(x)) : cubic(x, -0.5));
  const windows = Array.from({ length: to }, (_, o) => {
    const centre = round(step * (o + 0.5));
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), from) - first;
    const raw = Array.from({ length: count }, (_unused, j) => weightOf((first + j - centre + 0.5) / widened));
    const total = raw.reduce((sum, w) => sum + w, 0);
    return { first, weights: total === 0 ? raw : raw.map((w) => w / total) };
  });
  const taps = windows.reduce((most, w) => Math.max(most, w.weights.length), 1);
  const places = new Int32Array(taps * to);
  const weights = new Float64Array(taps * to);
  windows.forEach((w, o) => {
    for (let t = 0; t < taps; t++) places[taps * o + t] = w.first + Math.max(0, Math.min(t, w.weights.length - 1));
    weights.set(w.weights, taps * o);
  });
  return { taps, places, weights };
}
