// Resizing, one dim after another: along a dim each element of the result is a weighted sum of a few of the input, gathered by a
// table of places.

import {
  adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, DTypeError, indexSelect, isFloat, letGo, loopOp, runLoop, ShapeError,
  show, tensor, ValueError, type PerDim, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import {
  antialiasTable, cubicTable, linearTable, nearestTable, type ResampledDim, type ResampleTable,
} from './resample-table.ts'; // prettier-ignore

/** How many spatial dims a mode takes; undefined: one to three. */
const modes = {
  nearest: undefined,
  linear: 1,
  bilinear: 2,
  bicubic: 2,
  trilinear: 3,
  area: undefined,
  'nearest-exact': undefined,
} as const;

export type InterpolateMode = keyof typeof modes;

/** The spatial size of a result: one number, or one per dim. */
export type InterpolateSize = PerDim | null | undefined;

export interface InterpolateOptions {
  /** As the argument `size`. */
  readonly size?: InterpolateSize;
  /** The result's spatial size over that of the input: one number, or one per dim; the product is rounded down. Instead of a size. */
  readonly scaleFactor?: PerDim | null | undefined;
  /** Default 'nearest', which takes the element before; 'nearest-exact' takes the one that is nearest. */
  readonly mode?: InterpolateMode;
  /** Lets the centres of the corner elements stay where they are, not the corners themselves; not for nearest and area. Default false. */
  readonly alignCorners?: boolean | null | undefined;
  /** Takes distances from the sizes as they came out after rounding, not from `scaleFactor`. Default false. */
  readonly recomputeScaleFactor?: boolean | null | undefined;
  /** Takes all elements into account where an image shrinks; for 'bilinear' and 'bicubic' alone. Default false. */
  readonly antialias?: boolean;
}

const sumOp = /* @__PURE__ */ loopOp('interpolate', (k) => k.perRow(k.sum(k.input(0).mul(k.input(1)))));

/** Applies a table along dim `d`. */
function resample(x: Tensor, d: number, { taps, places, weights }: ResampleTable): Tensor {
  const { device, dtype } = x;
  const index = tensor(places, { dtype: 'int32', device });
  const read = indexSelect(x, d, index);
  letGo([index], read);
  if (!weights) return read;
  const out = places.length / taps;
  const values = read.unflatten(d, [out, taps]);
  const shape = [out, taps, ...x.shape.slice(d + 1).map(() => 1)];
  const factors = tensor(weights, { shape, dtype, device });
  const inputs = [values, factors];
  const [sums] = runLoop(sumOp(inputs), inputs, { columns: [d + 1] }) as [Tensor];
  letGo([read, factors]);
  return sums;
}

interface Sizes {
  readonly out: readonly number[];
  /** What distances follow from, where not from the sizes. */
  readonly scales: readonly (number | undefined)[];
}

/** @internal What `(size, options)` say, where the size may be left out. */
export function optionsOf(
  first?: InterpolateSize | InterpolateOptions,
  options: InterpolateOptions = {},
): InterpolateOptions {
  if (typeof first === 'number' || isList(first)) return { ...options, size: first };
  return first ?? options;
}

// Array.isArray does not know of readonly ones.
const isList = (value: unknown): value is readonly number[] => Array.isArray(value);

function listOf(name: string, value: PerDim, x: Tensor): readonly number[] {
  const rank = x.shape.length - 2;
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  if (list.length === rank) return list;
  throw new ShapeError(
    'interpolate',
    `${name} ${show(list)} has ${list.length} numbers, the input ${show(x.shape)} has ${rank} spatial dims. Give one for each.`,
  );
}

function sizesOf(x: Tensor, { size, scaleFactor, mode, recomputeScaleFactor }: InterpolateOptions): Sizes {
  const image = x.shape.slice(2);
  const op = 'interpolate';
  const none = image.map(() => undefined);
  if ((size ?? undefined) === undefined && (scaleFactor ?? undefined) === undefined)
    throw new ValueError(op, 'there is neither size nor scaleFactor. Give one of them.');
  if ((size ?? undefined) !== undefined && (scaleFactor ?? undefined) !== undefined)
    throw new ValueError(op, 'there are both size and scaleFactor. Give one of them.');
  if (size !== undefined && size !== null) {
    if (recomputeScaleFactor)
      throw new ValueError(op, 'recomputeScaleFactor goes with scaleFactor, not with size. Leave it out.');
    return { out: listOf('size', size, x), scales: none };
  }
  const scales = listOf('scaleFactor', scaleFactor ?? [], x);
  const out = image.map((n, d) => Math.floor(n * (scales[d] ?? 1)));
  return { out, scales: recomputeScaleFactor || mode === 'area' ? none : scales };
}

function checkMode(x: Tensor, { mode = 'nearest', alignCorners, antialias }: InterpolateOptions): void {
  const op = 'interpolate';
  if (!Object.hasOwn(modes, mode))
    throw new ValueError(op, `there is no mode '${String(mode)}'. Use ${Object.keys(modes).join(', ')}.`);
  const isSmooth = mode.endsWith('linear') || mode === 'bicubic';
  if (!isSmooth && (alignCorners ?? undefined) !== undefined)
    throw new ValueError(op, `mode '${mode}' takes no alignCorners. Leave it out, or use a linear or cubic mode.`);
  const rank = x.shape.length - 2;
  if (rank < 1 || rank > 3 || (modes[mode] ?? rank) !== rank) {
    const wanted = modes[mode] ?? '1 to 3';
    throw new ShapeError(
      op,
      `the input ${show(x.shape)} does not fit mode '${mode}'. It takes [N, C, …] with ${wanted} spatial dims.`,
    );
  }
  if (antialias && mode !== 'bilinear' && mode !== 'bicubic')
    throw new ValueError(op, `mode '${mode}' takes no antialias. Use 'bilinear' or 'bicubic'.`);
  if (mode !== 'nearest' && mode !== 'nearest-exact' && !isFloat(x.dtype))
    throw new DTypeError(op, `mode '${mode}' is for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
}

function tableFor(dim: ResampledDim, mode: Exclude<InterpolateMode, 'area'>, antialias: boolean): ResampleTable {
  if (mode === 'nearest' || mode === 'nearest-exact') return nearestTable(dim, mode === 'nearest-exact');
  const kernel = mode === 'bicubic' ? 'cubic' : 'linear';
  if (antialias) return antialiasTable(dim, kernel);
  return kernel === 'cubic' ? cubicTable(dim) : linearTable(dim);
}

/**
 * Resizes the spatial dims of x [N, C, …], one to three of them, to `size` or by `scaleFactor`. Floats; the nearest modes take any
 * dtype. Throws ValueError for options that do not go together, ShapeError for sizes that do not fit, DTypeError for integers where
 * values are mixed. torch.nn.functional.interpolate
 *
 * @example
 * interpolate(x, [8, 8], { mode: 'bilinear' });
 * interpolate(x, { scaleFactor: 2 });
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor;
export function interpolate(x: Tensor, size: InterpolateSize, options?: InterpolateOptions): Tensor;
export function interpolate(
  x: Tensor,
  sizeOrOptions?: InterpolateSize | InterpolateOptions,
  given?: InterpolateOptions,
): Tensor {
  const options = optionsOf(sizeOrOptions, given);
  checkMode(x, options);
  const { mode = 'nearest', antialias = false } = options;
  const { out, scales } = sizesOf(x, options);
  const image = x.shape.slice(2);
  const isArea = mode === 'area';
  if (out.some((n) => !Number.isInteger(n) || n < (isArea ? 0 : 1)) || x.shape.slice(isArea ? 2 : 1).includes(0)) {
    throw new ShapeError(
      'interpolate',
      `the input ${show(x.shape)} cannot be made ${show(out)}. Channels and sizes, before and after, must be positive integers.`,
    );
  }
  if (isArea) {
    const pool = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][image.length - 1] ?? adaptiveAvgPool2d;
    return pool(x, out);
  }
  const alignCorners = options.alignCorners ?? false;
  const round = x.dtype === 'float64' ? (n: number): number => n : Math.fround;
  let result = x;
  // The last dim first, as PyTorch sums.
  for (let d = image.length - 1; d >= 0; d--) {
    const dim = { from: image[d] ?? 1, to: out[d] ?? 1, scale: scales[d], alignCorners, round };
    const resampled = resample(result, 2 + d, tableFor(dim, mode, antialias));
    if (result !== x) letGo([result]);
    result = resampled;
  }
  return result;
}
