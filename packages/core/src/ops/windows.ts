// Windows over an image, as loops see them: element k of window o lies at i = o·stride + k·dilation − padding. A loop over
// windows reads the image through that guard. A loop over the image, which every gradient of pooling is, reads what the
// windows made of it through the same guard turned around: o = (i + padding − k·dilation) / stride.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { foldGuards, isFloat, type Guard, type View } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { perDim, type PerDim } from './per-dim.ts';

/** One number per spatial dim each. */
export interface Windows {
  readonly image: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly out: readonly number[];
}

export interface WindowOptions {
  /** Default: the size of the kernel, so that windows do not overlap. */
  readonly stride?: PerDim | undefined;
  /** How far windows may begin before the image and end behind it, at most half the kernel. Default 0. */
  readonly padding?: PerDim;
  /** Whether a last window that the image does not fill counts. Default false. */
  readonly ceilMode?: boolean;
}

/** Refuses integers, as PyTorch's pooling does. */
export function checkFloat(op: string, x: Tensor): void {
  if (!isFloat(x.dtype))
    throw new DTypeError(op, `it is defined for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
}

/** The windows that pooling an image [N, C, …i] takes. Throws where they do not fit it. */
export function windowsOf(
  op: string,
  x: Tensor,
  kernelSize: PerDim,
  options: WindowOptions & { readonly dilation?: PerDim },
): Windows {
  checkFloat(op, x);
  const image = x.shape.slice(2);
  const rank = image.length;
  const kernel = perDim(op, 'kernelSize', kernelSize, rank, 1);
  const stride = perDim(op, 'stride', options.stride ?? kernelSize, rank, 1);
  const padding = perDim(op, 'padding', options.padding ?? 0, rank, 0);
  const dilation = perDim(op, 'dilation', options.dilation ?? 1, rank, 1);
  if (padding.some((p, d) => p > (kernel[d] ?? 0) / 2)) {
    throw new ValueError(
      op,
      `padding ${show(padding)} is more than half of the kernel ${show(kernel)}. Use at most half, or pad the input first.`,
    );
  }
  const out = image.map((n, d) => {
    const [k = 1, s = 1, p = 0, step = 1] = [kernel[d], stride[d], padding[d], dilation[d]];
    const room = n + 2 * p - step * (k - 1) - 1;
    const count = (options.ceilMode ? Math.ceil(room / s) : Math.floor(room / s)) + 1;
    // A window begins in the image or in the padding before it, never behind.
    return options.ceilMode && (count - 1) * s >= n + p ? count - 1 : count;
  });
  if (out.some((n) => n < 1) || image.some((n) => n < 1)) {
    throw new ShapeError(
      op,
      `no window of ${show(kernel)} fits the input ${show(x.shape)}: the result would have sizes ${show(out)}. Use a smaller kernel or a larger input.`,
    );
  }
  return { image, kernel, stride, padding, dilation, out };
}

/** A loop over [N, C, …]: its shape, which dims are columns, and how it reads a tensor. */
export interface Walk {
  readonly shape: readonly number[];
  readonly columns: readonly number[];
  /** How an image is read by a loop over windows, or what windows made by a loop over the image; `fill` where nothing is. */
  guarded(t: Tensor, fill: number): View;
  /** How a tensor with an element per row is read. */
  plain(t: Tensor): View;
}

type Coordinate = Omit<Guard, 'stride' | 'coefficients'> & {
  readonly coefficients: readonly (readonly [dim: number, coefficient: number])[];
  /** The spatial dim of the operand that it walks; undefined for a bare condition. */
  readonly walks?: number;
};

function walk(rows: readonly number[], columns: readonly number[], coordinates: readonly Coordinate[]): Walk {
  const shape = [...rows, ...columns];
  return {
    shape,
    columns: columns.map((_, d) => rows.length + d),
    plain: (t) => ({ offset: t.offset, strides: [...t.strides, ...columns.map(() => 0)] }),
    guarded(t, fill) {
      const guards = coordinates.map(({ coefficients, walks, ...guard }): Guard => {
        const along = new Map(coefficients);
        return {
          ...guard,
          coefficients: shape.map((_, d) => along.get(d) ?? 0),
          stride: walks === undefined ? 0 : (t.strides[2 + walks] ?? 0),
        };
      });
      const strides = shape.map((_, d) => (d < 2 ? (t.strides[d] ?? 0) : 0));
      return foldGuards(shape, { offset: t.offset, strides, guards, fill });
    },
  };
}

/** Rows are windows, columns their elements: [N, C, …o] and […k]. */
export function overWindows(w: Windows, batch: readonly number[]): Walk {
  const rank = w.image.length;
  const coordinates = w.image.map((size, d): Coordinate => ({
    coefficients: [[2 + d, w.stride[d] ?? 1], [2 + rank + d, w.dilation[d] ?? 1]], // prettier-ignore
    start: -(w.padding[d] ?? 0),
    step: 1,
    size,
    walks: d,
  }));
  return walk([...batch, ...w.out], w.kernel, coordinates);
}

/** A loop over the image, and how it walks the numbers of a window's elements: the one that the image's element is. */
export interface ImageWalk extends Walk {
  readonly element: { readonly strides: readonly number[]; readonly length: number };
}

/** Rows are elements of the image, columns the windows that may hold them. Rows may count a dim as two. */
export function overImage(w: Windows, batch: readonly number[]): ImageWalk {
  const rows = [...batch];
  const columns: number[] = [];
  const made: ((firstColumn: number) => Coordinate[])[] = [];
  const alongRows = batch.map(() => 0);
  const alongColumns: number[] = [];
  let last = 0;
  w.image.forEach((n, d) => {
    const unit = w.kernel.slice(d + 1).reduce((product, size) => product * size, 1);
    const [k = 1, s = 1, p = 0, step = 1, size = 1] = [w.kernel[d], w.stride[d], w.padding[d], w.dilation[d], w.out[d]];
    const [at, column] = [rows.length, columns.length];
    if (p === 0 && step === 1 && n % s === 0) {
      // With i = q·s + r only ⌈k/s⌉ windows can hold i, window q − j as its element r + j·s, and no step is left to test:
      // for windows side by side this is plain element-wise reading.
      rows.push(n / s, s);
      columns.push(Math.ceil(k / s));
      alongRows.push(0, unit);
      alongColumns.push(s * unit);
      // Windows of which it would be an element behind the last are told by the guard.
      last += (Math.ceil(k / s) * s - 1) * unit;
      made.push((first) => [
        { coefficients: [[at, 1], [first + column, -1]], start: 0, step: 1, size, walks: d },
        { coefficients: [[at + 1, 1], [first + column, s]], start: 0, step: 1, size: k },
      ]); // prettier-ignore
    } else {
      rows.push(n);
      columns.push(k);
      alongRows.push(0);
      alongColumns.push(unit);
      last += (k - 1) * unit;
      made.push((first) => [
        { coefficients: [[at, 1], [first + column, -step]], start: p, step: s, size, walks: d },
      ]); // prettier-ignore
    }
  });
  const coordinates = made.flatMap((make) => make(rows.length));
  return {
    ...walk(rows, columns, coordinates),
    element: { strides: [...alongRows, ...alongColumns], length: last + 1 },
  };
}
