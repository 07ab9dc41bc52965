// Tensors as PyTorch prints them: nested, aligned, summarised, with what is out of the ordinary after the numbers.

import { getDefaultDtype } from '../default-dtype.ts';
import { show } from '../errors.ts';
import type { DType } from '../kernel/dtype.ts';
import { numberFormat } from './number-format.ts';
import { printOptions, withOptions, type PrintOptions } from './print-options.ts';

export interface PrintedTensor {
  /** All elements in row-major order. */
  data: ArrayLike<number>;
  shape: readonly number[];
  dtype: DType;
  /** Given only where it is not the default device. */
  device?: string | undefined;
  /** The op that made the tensor, if its gradient is tracked. */
  gradFnName?: string | undefined;
  requiresGrad?: boolean | undefined;
}

const opening = 'tensor(';

/**
 * The text of a tensor. float32, int32 and bool go without saying. `options` go over those that `setPrintOptions` set.
 * https://pytorch.org/docs/1.13/generated/torch.set_printoptions.html
 *
 * @example
 * formatTensor({ data: [1, 2, 3, 4.5], shape: [2, 2], dtype: 'float64' });
 * // tensor([[1.0000, 2.0000],
 * //         [3.0000, 4.5000]], dtype=float64)
 */
export function formatTensor(tensor: PrintedTensor, options: Partial<PrintOptions> = {}): string {
  const settings = withOptions(printOptions(), options);
  return appendSuffixes(opening + nested(tensor, settings), suffixes(tensor), settings.linewidth);
}

/** The numbers in their brackets. */
function nested({ data, shape, dtype }: PrintedTensor, options: PrintOptions): string {
  const length = shape.reduce((product, size) => product * size, 1);
  if (length === 0) return '[]';
  const { edgeitems, linewidth } = options;
  const shortened = length > options.threshold;
  const format = numberFormat(
    Array.from(offsets(0, 0), (i) => data[i] ?? NaN),
    dtype,
    options,
  );
  return write(0, 0, opening.length);

  /** The positions along a dim that are shown; null stands for those that are not. */
  function shown(dim: number): (number | null)[] {
    const size = shape[dim] ?? 0;
    const all = Array.from({ length: size }, (_, i) => i);
    return shortened && size > 2 * edgeitems ? [...all.slice(0, edgeitems), null, ...all.slice(-edgeitems)] : all;
  }

  /** Where in `data` the shown elements lie, from `dim` inwards. */
  function* offsets(dim: number, start: number): Iterable<number> {
    if (dim === shape.length) yield start;
    else for (const i of shown(dim)) if (i !== null) yield* offsets(dim + 1, start * (shape[dim] ?? 0) + i);
  }

  function write(dim: number, start: number, indent: number): string {
    if (dim === shape.length) return format.write(data[start] ?? NaN);
    const size = shape[dim] ?? 0;
    const innermost = dim === shape.length - 1;
    const parts = shown(dim).map((i) =>
      i === null ? (innermost ? ' ...' : '...') : write(dim + 1, start * size + i, indent + 1),
    );
    const gap = ' '.repeat(indent + 1);
    if (!innermost) return `[${parts.join(`,${'\n'.repeat(shape.length - dim - 1)}${gap}`)}]`;
    const perLine = Math.max(1, Math.floor((linewidth - indent) / (format.width + 2)));
    const lines = Array.from({ length: Math.ceil(parts.length / perLine) }, (_, line) =>
      parts.slice(line * perLine, (line + 1) * perLine).join(', '),
    );
    return `[${lines.join(`,\n${gap}`)}]`;
  }
}

/** What is said of a tensor beyond its numbers. */
function suffixes({ shape, dtype, device, gradFnName, requiresGrad }: PrintedTensor): string[] {
  const empty = shape.includes(0);
  // Without an element to look at, the dtype can only be told.
  const silent: readonly DType[] = empty ? [getDefaultDtype()] : [getDefaultDtype(), 'int32', 'bool'];
  return [
    device === undefined ? '' : `device=${device}`,
    empty && shape.length !== 1 ? `size=${show(shape)}` : '',
    silent.includes(dtype) ? '' : `dtype=${dtype}`,
    gradFnName !== undefined ? `gradFn=<${gradFnName}>` : requiresGrad ? 'requiresGrad=true' : '',
  ].filter(Boolean);
}

/** Adds each suffix to the last line, or to a new one where it would pass `linewidth`, and the closing bracket. */
function appendSuffixes(text: string, parts: readonly string[], linewidth: number): string {
  // PyTorch counts two columns too many here; line breaks are its.
  let column = text.length - text.lastIndexOf('\n') + 1;
  for (const part of parts) {
    const wraps = column + part.length + 2 > linewidth;
    text += wraps ? `,\n${' '.repeat(opening.length)}${part}` : `, ${part}`;
    column = wraps ? opening.length + part.length : column + part.length + 2;
  }
  return `${text})`;
}
