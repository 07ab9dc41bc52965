// The numbers are compared with PyTorch's in packages/conformance; here is what is said and what is kept.

import { arange, ones, tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { GRU } from '../index.ts';
import {
  PackedSequence,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  unpadSequence,
} from './rnn.ts';

beforeAll(() => useBackend(reference()));

test('there and back', async () => {
  const x = arange(12).to('float32').reshape([3, 4]);
  const packed = packPaddedSequence(x, tensor([2, 4, 1], { dtype: 'int32' }), {
    batchFirst: true,
    enforceSorted: false,
  });
  expect(packed.batchSizes).toEqual([3, 2, 1, 1]);
  expect([packed.sortedIndices, packed.unsortedIndices]).toEqual([[1, 0, 2], [1, 0, 2]]); // prettier-ignore
  const [padded, lengths] = padPackedSequence(packed.double(), { batchFirst: true, paddingValue: -1 });
  expect(padded.dtype).toBe('float64');
  expect(await padded.toArray()).toEqual([[0, 1, -1, -1], [4, 5, 6, 7], [8, -1, -1, -1]]); // prettier-ignore
  expect(await lengths.toArray()).toEqual([2, 4, 1]);
  expect(await Promise.all(unpadSequence(padded, lengths, { batchFirst: true }).map((s) => s.toArray()))).toEqual([
    [0, 1],
    [4, 5, 6, 7],
    [8],
  ]);
  expect((await packed.to(x.device)).sortedIndices).toEqual([1, 0, 2]);
});

test('an order and its inverse follow from each other', () => {
  const data = ones([5, 1]);
  const order = { sortedIndices: [2, 0, 1], unsortedIndices: [1, 2, 0] };
  expect(new PackedSequence(data, [3, 2], { sortedIndices: [2, 0, 1] })).toMatchObject(order);
  expect(new PackedSequence(data, [3, 2], { unsortedIndices: [1, 2, 0] })).toMatchObject(order);
});

test('says what does not fit', () => {
  expect(() => packPaddedSequence(ones([4, 2, 1]), [5, 2])).toThrow(
    'packPaddedSequence: a length is 5, the batch [4, 2, 1] has 4 steps. Give at most that.',
  );
  expect(() => packPaddedSequence(ones([4, 2, 1]), [2, 3])).toThrow('the lengths [2, 3] are not sorted');
  expect(() => packPaddedSequence(ones([4, 2, 1]), [2])).toThrow('there are 1 lengths for a batch of 2');
  expect(() => packPaddedSequence(ones([4, 2, 1]), [1.5, 1])).toThrow('the lengths are [1.5, 1]');
  expect(() => packPaddedSequence(ones([4]), [4])).toThrow('the padded batch is [4]. It must be [L, N, *].');
  expect(() => padPackedSequence(packSequence([ones([3])]), { totalLength: 2 })).toThrow(
    'padPackedSequence: totalLength is 2, the longest sequence has 3 steps. Give at least that.',
  );
  expect(() => packSequence([])).toThrow('packSequence: there are no sequences.');
  expect(() => packSequence([ones([1]), 3 as never])).toThrow('packSequence: a sequence is 3. It must be a tensor.');
  expect(() => padSequence(ones([2, 3]) as never)).toThrow('padSequence: there are no sequences.');
  expect(() => padPackedSequence(ones([3]) as never)).toThrow(
    'padPackedSequence: it got object. Pass a PackedSequence',
  );
  expect(() => new PackedSequence(ones([4, 1]), [2, 3])).toThrow('the batch sizes are [2, 3]');
  expect(() => new PackedSequence(ones([4, 1]), [2, 1])).toThrow(
    'the data have shape [4, 1], the batch sizes [2, 1] add',
  );
  expect(() => new PackedSequence(ones([3, 1]), [2, 1], { sortedIndices: [0, 0] })).toThrow(
    'PackedSequence: sortedIndices is [0, 0]. It must be an order of 0 … 1.',
  );
  const packed = packSequence([ones([3, 2])]);
  expect(() => new GRU(3, 1)(packed)).toThrow('GRU: the packed data have shape [3, 2]. It must be [3, 3].');
  expect(() => new GRU(2, 1)(packed, { hx: ones([1, 2, 1]) })).toThrow('h0 has shape [1, 2, 1]. It must be [1, 1, 1].');
});
