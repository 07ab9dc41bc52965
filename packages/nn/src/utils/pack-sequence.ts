// From padded batches and lists of sequences to packed ones and back. Where an element goes follows from the lengths alone, so
// each way is one gather or one scatter.

import {
  cat, full, indexCopy, indexSelect, isTensor, ShapeError, show, tensor, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { lengthsOf, type Lengths } from './lengths.ts';
import { PackedSequence } from './packed-sequence.ts';

export interface BatchFirstOptions {
  /** Padded batches are [N, L, *] instead of [L, N, *]. Default false. */
  readonly batchFirst?: boolean;
}

export interface EnforceSortedOptions {
  /** Refuse sequences that are not sorted by length, the longest first; false sorts them. Default true. */
  readonly enforceSorted?: boolean;
}

export interface PadSequenceOptions extends BatchFirstOptions {
  /** What stands where a sequence has ended. Default 0. */
  readonly paddingValue?: number;
}

export interface PadPackedSequenceOptions extends PadSequenceOptions {
  /** Pad to this length. Default that of the longest sequence. */
  readonly totalLength?: number | null;
}

const list = (values: readonly number[], { device }: Tensor): Tensor =>
  tensor(Int32Array.from(values), { dtype: 'int32', device });

/** [L, N, *] as one row for each element, and where in it step t of sequence n stands. */
function rowsOf(
  op: string,
  padded: Tensor,
  batchFirst: boolean,
): {
  readonly rows: Tensor;
  readonly length: number;
  readonly batch: number;
  readonly at: (t: number, n: number) => number;
} {
  if (!isTensor(padded) || padded.shape.length < 2) {
    const what = isTensor(padded) ? show(padded.shape) : String(padded);
    throw new ShapeError(op, `the padded batch is ${what}. It must be ${batchFirst ? '[N, L, *]' : '[L, N, *]'}.`);
  }
  const [outer = 0, inner = 0, ...rest] = padded.shape;
  const [length, batch] = batchFirst ? [inner, outer] : [outer, inner];
  const at = (t: number, n: number): number => (batchFirst ? n * length + t : t * batch + n);
  return { rows: padded.reshape([outer * inner, ...rest]), length, batch, at };
}

/**
 * A padded batch [L, N, *] without its padding. Without enforceSorted the sequences are sorted, and what is given back by
 * padPackedSequence or as the state of a layer is in the order of the batch again. Throws ValueError for lengths that are not
 * from 1 to L, one for each sequence, or are not sorted. torch.nn.utils.rnn.pack_padded_sequence
 *
 * @example
 * const packed = packPaddedSequence(x, [5, 3, 1], { batchFirst: true });
 * const [output] = lstm(packed);
 * const [padded, lengths] = padPackedSequence(output, { batchFirst: true });
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Lengths,
  { batchFirst = false, enforceSorted = true }: BatchFirstOptions & EnforceSortedOptions = {},
): PackedSequence {
  const op = 'packPaddedSequence';
  const { rows, length, batch, at } = rowsOf(op, input, batchFirst);
  const counts = lengthsOf(op, lengths, batch, 1);
  if (input.numel() === 0)
    throw new ValueError(op, `the batch ${show(input.shape)} is empty. Pass at least one element.`);
  const order = Array.from(counts.keys());
  if (!enforceSorted) order.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  const sorted = order.map((n) => counts[n] ?? 0);
  if (sorted.some((n, k) => n > (sorted[k - 1] ?? n))) {
    throw new ValueError(
      op,
      `the lengths ${show(counts)} are not sorted, the longest first. Sort the batch, or pass { enforceSorted: false }.`,
    );
  }
  const [longest = 0] = sorted;
  if (longest > length) {
    throw new ValueError(
      op,
      `a length is ${longest}, the batch ${show(input.shape)} has ${length} steps. Give at most that.`,
    );
  }
  const batchSizes = Array.from({ length: longest }, (_, t) => sorted.filter((n) => n > t).length);
  const from = batchSizes.flatMap((size, t) => order.slice(0, size).map((n) => at(t, n)));
  const sortedIndices = enforceSorted ? null : order;
  return new PackedSequence(indexSelect(rows, 0, list(from, input)), batchSizes, { sortedIndices });
}

/**
 * A packed sequence as a padded batch [L, N, *], and the length of each sequence, an int32 tensor [N]. Throws ValueError if
 * totalLength is shorter than the longest sequence. torch.nn.utils.rnn.pad_packed_sequence
 */
export function padPackedSequence(
  sequence: PackedSequence,
  { batchFirst = false, paddingValue = 0, totalLength = null }: PadPackedSequenceOptions = {},
): [padded: Tensor, lengths: Tensor] {
  const { padded, lengths } = padPacked('padPackedSequence', sequence, { batchFirst, paddingValue, totalLength });
  return [padded, list(lengths, padded)];
}

function padPacked(
  op: string,
  sequence: PackedSequence,
  { batchFirst, paddingValue, totalLength }: Required<PadPackedSequenceOptions>,
): { readonly padded: Tensor; readonly lengths: number[] } {
  if (!(sequence instanceof PackedSequence)) {
    throw new ValueError(op, `it got ${typeof sequence}. Pass a PackedSequence, as packPaddedSequence makes it.`);
  }
  const { data, batchSizes, unsortedIndices } = sequence;
  const longest = batchSizes.length;
  const length = totalLength ?? longest;
  if (!Number.isInteger(length) || length < longest) {
    throw new ValueError(
      op,
      `totalLength is ${length}, the longest sequence has ${longest} steps. Give at least that.`,
    );
  }
  const [batch = 0] = batchSizes;
  const places = unsortedIndices ?? Array.from({ length: batch }, (_, n) => n);
  const order: number[] = [];
  places.forEach((place, n) => (order[place] = n));
  const at = (t: number, n: number): number => (batchFirst ? n * length + t : t * batch + n);
  const to = batchSizes.flatMap((size, t) => order.slice(0, size).map((n) => at(t, n)));
  const shape = [...(batchFirst ? [batch, length] : [length, batch]), ...data.shape.slice(1)];
  const lengths = places.map((place) => batchSizes.filter((size) => size > place).length);
  return { padded: written(data, to, paddingValue, shape), lengths };
}

/** Rows at places of a tensor of that shape whose first two dims hold rows, the value everywhere else. */
function written(rows: Tensor, to: readonly number[], value: number, shape: readonly number[]): Tensor {
  const [outer = 0, inner = 0, ...rest] = shape;
  const empty = full([outer * inner, ...rest], value, { dtype: rows.dtype, device: rows.device });
  return indexCopy(empty, 0, list(to, rows), rows).reshape([...shape]);
}

/**
 * Sequences [Lₙ, *] stacked along a new dim and padded to the longest: [L, N, *]. Throws ShapeError where they differ in more
 * than their first dim. torch.nn.utils.rnn.pad_sequence
 */
export function padSequence(
  sequences: readonly Tensor[],
  { batchFirst = false, paddingValue = 0 }: PadSequenceOptions = {},
): Tensor {
  const [rest, lengths] = checkSequences('padSequence', sequences);
  const [batch, longest] = [lengths.length, Math.max(...lengths)];
  const at = (t: number, n: number): number => (batchFirst ? n * longest + t : t * batch + n);
  const to = lengths.flatMap((length, n) => Array.from({ length }, (_, t) => at(t, n)));
  const shape = [...(batchFirst ? [batch, longest] : [longest, batch]), ...rest];
  const all = cat(sequences);
  return to.length > 0 ? written(all, to, paddingValue, shape) : all.reshape(shape);
}

/** The dims after the first, and the lengths. */
function checkSequences(op: string, sequences: readonly Tensor[]): [rest: readonly number[], lengths: number[]] {
  const [first] = Array.isArray(sequences) ? (sequences as readonly Tensor[]) : [];
  if (first === undefined) throw new ValueError(op, 'there are no sequences. Pass an array of tensors.');
  for (const x of sequences)
    if (!isTensor(x)) throw new ValueError(op, `a sequence is ${String(x)}. It must be a tensor.`);
  const rest = first.shape.slice(1);
  const wrong = sequences.find((x) => x.shape.length === 0 || show(x.shape.slice(1)) !== show(rest));
  if (wrong) {
    throw new ShapeError(
      op,
      `a sequence has shape ${show(wrong.shape)}, the first ${show(first.shape)}. They may differ in the first dim only.`,
    );
  }
  return [rest, sequences.map((x) => x.shape[0] ?? 0)];
}

/** Sequences [Lₙ, *] packed. Throws as packPaddedSequence and padSequence do. torch.nn.utils.rnn.pack_sequence */
export function packSequence(
  sequences: readonly Tensor[],
  { enforceSorted = true }: EnforceSortedOptions = {},
): PackedSequence {
  const [, lengths] = checkSequences('packSequence', sequences);
  return packPaddedSequence(padSequence(sequences), lengths, { enforceSorted });
}

/** A padded batch [L, N, *] as a list of sequences [Lₙ, *], views of it. torch.nn.utils.rnn.unpad_sequence */
export function unpadSequence(
  padded: Tensor,
  lengths: Lengths,
  { batchFirst = false }: BatchFirstOptions = {},
): Tensor[] {
  const { length, batch } = rowsOf('unpadSequence', padded, batchFirst);
  return lengthsOf('unpadSequence', lengths, batch, 0).map((count, n) =>
    padded.select(batchFirst ? 0 : 1, n).narrow(0, 0, Math.min(count, length)),
  );
}

/** A packed sequence as a list of sequences [Lₙ, *]. torch.nn.utils.rnn.unpack_sequence */
export function unpackSequence(packed: PackedSequence): Tensor[] {
  const options = { batchFirst: true, paddingValue: 0, totalLength: null };
  const { padded, lengths } = padPacked('unpackSequence', packed, options);
  return lengths.map((count, n) => padded.select(0, n).narrow(0, 0, count));
}
