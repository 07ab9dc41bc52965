// Where values stand in what is sorted: a binary search of all of them at once, a step per launch.

import { ShapeError, show, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { minimum, select } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { sameShape } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { gather } from './gather-scatter.ts';
import { checkIndex, read } from './lookup.ts';
import { loopOp, runLoop } from './loop.ts';
import { sort } from './sort.ts';

const stepOp = loopOp('searchsorted', (k, right: boolean) => {
  const [low, high, middle, at, value] = [k.input(0), k.input(1), k.input(2), k.input(3), k.input(4)];
  const isOpen = low.lt(high);
  // NaN is behind everything.
  const isBehind = right ? at.gt(value) : at.ge(value);
  const from = select(isOpen.and(isBehind.not()), middle.add(1), low);
  const to = select(isOpen.and(isBehind), middle, high);
  k.perElement(from);
  k.perElement(to);
  k.perElement(minimum(from.add(to).div(2), k.scalar('int32')));
});

export interface BucketizeOptions {
  /** Behind boundaries that equal the value instead of before them. Default false. */
  readonly right?: boolean;
  /** Positions are int32, whether asked for or not. */
  readonly outInt32?: boolean;
}

export interface SearchsortedOptions extends BucketizeOptions {
  /** 'right' is the same as `right`. Default 'left'. */
  readonly side?: 'left' | 'right';
  /** The positions (int32) that sort the sequence, in its shape, where it is not sorted itself. */
  readonly sorter?: Tensor;
}

/** The elements of the last dim of `x` at positions of their own; a list is shared by all of them. */
function lastAt(op: string, x: Tensor, index: Tensor): Tensor {
  if (x.shape.length === 1) return read(op, x, { shape: index.shape, dims: [{ index, at: 0 }], wrap: false });
  return gather(x, -1, index);
}

function search(op: string, sequence: Tensor, values: Tensor, right: boolean, sorter?: Tensor): Tensor {
  const n = sequence.shape.at(-1) ?? 0;
  const blank = values.to('int32');
  let low = blank.zeros(values.shape);
  if (n === 0 || values.numel() === 0) return low;
  let high = blank.filled(n);
  let middle = blank.filled(n >> 1);
  // Each step halves what is left.
  for (let left = n; left > 0; left >>= 1) {
    const place = sorter ? lastAt(op, sorter, middle) : middle;
    const inputs = [low, high, middle, lastAt(op, sequence, place), values];
    [low, high, middle] = runLoop(stepOp(inputs, right), inputs, { scalars: [n - 1] }) as [Tensor, Tensor, Tensor];
  }
  return low;
}

function checkSequence(sequence: Tensor, values: Tensor | number, { side, right, sorter }: SearchsortedOptions): void {
  if (side !== undefined && side !== 'left' && side !== 'right')
    throw new ValueError('searchsorted', `side is '${String(side)}'. Use 'left' or 'right'.`);
  if (side === 'left' && right)
    throw new ValueError('searchsorted', "side is 'left' and right is true. Leave one of them out.");
  if (sequence.shape.length === 0)
    throw new ShapeError('searchsorted', 'the sequence has no dims. Give it one at least.');
  const shape = isTensor(values) ? values.shape : [];
  const isList = sequence.shape.length === 1;
  if (!isList && (shape.length === 0 || !sameShape(shape.slice(0, -1), sequence.shape.slice(0, -1))))
    throw new ShapeError(
      'searchsorted',
      `the sequences have shape ${show(sequence.shape)}, the values ${show(shape)}. All sizes but the last must be equal, or the sequence a list.`,
    );
  if (!sorter) return;
  checkIndex('searchsorted', sorter);
  if (!sameShape(sorter.shape, sequence.shape))
    throw new ShapeError(
      'searchsorted',
      `the sorter has shape ${show(sorter.shape)}, the sequence ${show(sequence.shape)}. They must be equal.`,
    );
}

/**
 * The position, int32, at which each value could stand in a sequence that rises along its last dim: the first, or with `right`
 * the last of those that keep it sorted. The sequence is one list for all values, or has their shape but for the last dim.
 * A single value may be a number. dtypes are promoted. Throws ShapeError where the two do not fit, ValueError for a side that
 * contradicts `right`. torch.searchsorted
 */
export function searchsorted(
  sortedSequence: Tensor,
  values: Tensor | number,
  options: SearchsortedOptions = {},
): Tensor {
  const { side, right = side === 'right', sorter } = options;
  checkOperands('searchsorted', [sortedSequence, ...(isTensor(values) ? [values] : []), ...(sorter ? [sorter] : [])]);
  checkSequence(sortedSequence, values, options);
  return tidy(() => {
    const [sequence, wanted] = alike(sortedSequence.detach(), values);
    return search('searchsorted', sequence, wanted, right || side === 'right', sorter);
  });
}

/** A tensor, and a value in the dtype of both. */
function alike(x: Tensor, value: Tensor | number): [Tensor, Tensor] {
  const dtype = resultType(x, value);
  const same = x.to(dtype);
  return [same, isTensor(value) ? value.detach().to(dtype) : same.filled(value, [])];
}

/**
 * The number, int32, of the bucket that each element of x is in, where rising boundaries [n] part n + 1 buckets; with `right` a
 * boundary belongs to the bucket behind it. x may be a number. Throws ShapeError for boundaries that are no list.
 * torch.bucketize
 */
export function bucketize(x: Tensor | number, boundaries: Tensor, { right = false }: BucketizeOptions = {}): Tensor {
  checkOperands('bucketize', isTensor(x) ? [x, boundaries] : [boundaries]);
  if (boundaries.shape.length !== 1)
    throw new ShapeError('bucketize', `the boundaries have shape ${show(boundaries.shape)}. Give a list.`);
  return tidy(() => {
    const [sequence, wanted] = alike(boundaries.detach(), x);
    return search('bucketize', sequence, wanted, right);
  });
}

export interface IsinOptions {
  /** Says that neither has an element twice, which changes nothing. */
  readonly assumeUnique?: boolean;
  /** Whether each is in none of them instead. Default false. */
  readonly invert?: boolean;
}

/** Whether each element is among `testElements`, bool; one of the two may be a number. NaN is in nothing. torch.isin */
export function isin(
  elements: Tensor | number,
  testElements: Tensor | number,
  { invert = false }: IsinOptions = {},
): Tensor {
  const operands = [elements, testElements].filter((side) => typeof side !== 'number');
  const [model] = operands;
  if (!model) throw new ValueError('isin', 'both are numbers. Make one of them a tensor.');
  checkOperands('isin', operands);
  return tidy(() => {
    const dtype = resultType(elements, testElements);
    const [x, tests] = [elements, testElements].map((side) =>
      isTensor(side) ? side.detach().to(dtype) : model.detach().to(dtype).filled(side, []),
    ) as [Tensor, Tensor];
    const n = tests.numel();
    if (n === 0) return x.filled(0).to('bool').logicalXor(invert);
    const sorted = sort(tests.reshape([n]), 0).values;
    const at = search('isin', sorted, x, false).clamp({ max: n - 1 });
    const near = lastAt('isin', sorted, at);
    return invert ? near.ne(x) : near.eq(x);
  });
}
