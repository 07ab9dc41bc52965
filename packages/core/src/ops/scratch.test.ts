// Without gradients an operation leaves its result and nothing else behind.

import { expect, test } from 'vitest';
import { embedding, memory, oneHot, slice, tensor, useBackend, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const device = await useBackend(checked(reference()));

const x = tensor([[1, 0, 3], [4, 5, NaN]]); // prettier-ignore
const index = tensor([[0, 2], [1, 0]], { dtype: 'int32' }); // prettier-ignore
const list = tensor([1, 0], { dtype: 'int32' });
const source = tensor([[7, 8], [9, 6]]); // prettier-ignore
const mask = tensor([true, false, true]);
const target = tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore

const cases: [string, number, () => unknown][] = [
  ['gather', 1, () => x.gather(1, index)],
  ['scatter', 1, () => x.scatter(1, index, source)],
  ['scatter of a number', 1, () => x.scatter(1, index, 3)],
  ['scatter that multiplies', 1, () => x.scatter(1, index, 3, { reduce: 'multiply' })],
  ['scatterReduce mean', 1, () => x.scatterReduce(1, index, source, 'mean', { includeSelf: false })],
  ['scatterReduce amax', 1, () => x.scatterReduce(1, index, source, 'amax', { includeSelf: false })],
  ['scatter_', 0, () => target.scatter_(1, index, 3)],
  ['scatterReduce_', 0, () => target.scatterReduce_(1, index, source, 'prod')],
  ['indexFill', 1, () => x.indexFill(0, list, 2)],
  ['indexAdd of itself', 0, () => target.indexAdd_(0, list, target)],
  ['embedding', 1, () => embedding(x, index.narrow(1, 0, 1), { paddingIdx: 0 })],
  ['maskedSelect', 1, () => x.maskedSelect(mask)],
  ['maskedFill', 1, () => x.maskedFill(mask, 0)],
  ['nonzero', 1, () => x.nonzero()],
  ['nonzero as a tuple', 1, () => x.nonzero({ asTuple: true })],
  ['index by a mask', 1, () => x.index([slice(), mask])],
  ['index as a view', 0, () => x.index([0, slice(1)])],
  ['indexPut by a mask', 1, () => x.indexPut([slice(), mask], 5)],
  ['indexPut_ by a mask', 0, () => target.indexPut_([slice(), mask], 5)],
  ['indexPut_ of a slice', 0, () => target.indexPut_([0], 5)],
  ['sort', 2, () => x.sort(0)],
  ['topk', 2, () => x.topk(2)],
  ['kthvalue', 2, () => x.kthvalue(1)],
  ['median', 2, () => x.median(0)],
  ['cumprod', 1, () => x.cumprod(0)],
  ['cummax', 2, () => x.cummax(1)],
  ['logcumsumexp', 1, () => x.logcumsumexp(0)],
  ['diagEmbed', 1, () => x.diagEmbed()],
  ['oneHot', 1, () => oneHot(index, { numClasses: 3 })],
  ['allclose', 0, () => x.allclose(target)],
];

test.each(cases)('%s', (_, results, run) => {
  const before = memory()[device.name]?.liveBuffers ?? 0;
  const held: unknown = run();
  expect((memory()[device.name]?.liveBuffers ?? 0) - before).toBe(results);
  const tensors = (Array.isArray(held) ? held : [held]).filter((y): y is Tensor => y?.storage !== undefined);
  for (const y of tensors) expect(y.storage.isDisposed).toBe(false);
});
