// Reading and writing at positions that a tensor names: indexing, gather and scatter, masks, embeddings.

import { embedding, oneHot, slice } from '@rushlight/core';
import type { Tensor } from '@rushlight/core';
import { indices, mask, numbers, type Input } from './inputs.ts';
import { all, floats, numeric, type OpCase } from './op-case.ts';

type Run = (...xs: Tensor[]) => Tensor | readonly Tensor[] | Promise<Tensor | readonly Tensor[]>;

const of = (op: string, inputs: readonly Input[], run: Run, more: Partial<OpCase> = {}): OpCase => ({
  op,
  inputs,
  run,
  dtypes: all,
  ...more,
});

/** The in-place form, on a copy whose dims are stored the other way round. */
const onCopy =
  (change: (z: Tensor, ...rest: Tensor[]) => Tensor): Run =>
  (x, ...rest) => {
    const z = x.t().clone().t();
    change(z, ...rest);
    return z;
  };

const reads = { gradient: false } as const;
/** What has a shape that depends on data. Awaited it is everywhere. */
const sync = { sync: true } as const;

const sources: readonly Input[] = [numbers([3, 4]), indices([2, 3], 3), numbers([2, 3])];
/** Every position once, so that the order of writes does not matter to the gradient. */
const rows: readonly Input[] = [numbers([4, 3]), indices([2], 4), numbers([2, 3])];

const reductions = ['sum', 'prod', 'mean', 'amax', 'amin'] as const;

export const lookupCases: readonly OpCase[] = [
  of('gather', [numbers([3, 4]), indices([2, 4], 3)], (x, i) => x.gather(0, i)),
  of('gather', [numbers([3, 4]), indices([3, 2], 4)], (x, i) => x.gather(-1, i)),
  of('gather', [numbers([3]), indices([0], 3)], (x, i) => x.gather(0, i)),
  of('gather', [numbers([70]), indices([1031], 70)], (x, i) => x.gather(0, i)),
  of('take', [numbers([3, 4]), indices([2, 2], 12, -12)], (x, i) => x.take(i)),
  of('takeAlongDim', [numbers([3, 4]), indices([3, 2], 4)], (x, i) => [x.takeAlongDim(i, 1), x.takeAlongDim(i)]),
  of('indexSelect', [numbers([3, 4]), indices([5], 3)], (x, i) => [x.indexSelect(0, i), x.t().indexSelect(1, i)]),
  of('embedding', [numbers([5, 3]), indices([2, 2], 5)], (w, i) => embedding(w, i)),
  // The padding has no gradient, whatever differences say.
  of('embedding', [numbers([5, 3]), indices([2, 2], 5)], (w, i) => embedding(w, i, { paddingIdx: 1 }), { dtypes: ['float32', 'float16', 'int32'] }),
  of('oneHot', [indices([2, 3], 4)], (x) => oneHot(x, { numClasses: 5 }), { dtypes: ['int32'], ...reads }),

  of('scatter', sources, (x, i, y) => [x.scatter(0, i.slice(0, 0, 1), y), x.scatter(0, i.slice(0, 0, 1), 2)]),
  of('scatter', sources, (x, i, y) => [x.scatter(0, i, y, { reduce: 'add' }), x.scatter(0, i, y, { reduce: 'multiply' })], { dtypes: numeric, ...reads }),
  of('scatter_', sources, onCopy((z, i, y) => z.scatter_(0, i.slice(0, 0, 1), y))),
  of('scatterAdd', sources, (x, i, y) => x.scatterAdd(0, i, y), { dtypes: numeric }),
  of('scatterAdd', [numbers([7]), indices([257], 7), numbers([257], [0.3, 2])], (x, i, y) => x.scatterAdd(0, i, y), { dtypes: ['float64', 'float32', 'int32'] }),
  of('scatterAdd_', sources, onCopy((z, i, y) => z.scatterAdd_(1, i, y)), { dtypes: numeric }),
  ...reductions.map((reduce) => of('scatterReduce', sources, (x, i, y) => [x.scatterReduce(0, i, y, reduce), x.scatterReduce(0, i, y, reduce, { includeSelf: false })], { dtypes: floats })),
  of('scatterReduce', sources, (x, i, y) => reductions.slice(3).map((reduce) => x.scatterReduce(0, i, y, reduce)), { dtypes: ['int32', 'uint8'] }),
  of('scatterReduce_', sources, onCopy((z, i, y) => z.scatterReduce_(0, i, y, 'sum')), { dtypes: floats }),
  of('indexAdd', rows, (x, i, y) => [x.indexAdd(0, i, y), x.indexAdd(0, i, y, { alpha: 2 })], { dtypes: numeric }),
  of('indexAdd_', rows, onCopy((z, i, y) => z.indexAdd_(0, i, y)), { dtypes: numeric }),
  of('indexCopy', rows, (x, i, y) => x.indexCopy(0, i, y)),
  of('indexCopy_', rows, onCopy((z, i, y) => z.indexCopy_(0, i, y))),
  of('indexFill', [numbers([4, 3]), indices([2], 3), numbers([])], (x, i, v) => [x.indexFill(1, i, 2), x.indexFill(0, i, v)]),
  of('indexFill_', [numbers([4, 3]), indices([2], 3)], onCopy((z, i) => z.indexFill_(1, i, 2))),

  of('index', [numbers([3, 4, 2])], (x) => [x.index([1]), x.index([slice(0, 3, 2), null, -1]), x.index(['...', 0]), x.index([2, slice(1)])]),
  of('index', [numbers([3, 4, 2]), indices([2, 2], 3, -3), indices([2], 4)], (x, i, j) => [x.index([i]), x.index([i, j]), x.index([slice(), j, 1]), x.index([i, '...', 0])]),
  of('index', [numbers([3, 4]), mask([3, 4]), mask([3])], (x, m, r) => [x.index([m]), x.index([r])], sync),
  of('indexAsync', [numbers([3, 4]), mask([3, 4])], async (x, m) => x.indexAsync([m]), reads),
  of('indexPut', [numbers([3, 4]), numbers([4])], (x, v) => [x.indexPut([1], v), x.indexPut([slice(), 2], 3), x.indexPut([slice(0, 3, 2)], v)]),
  of('indexPut', [numbers([3, 4]), indices([2], 3), numbers([2, 4])], (x, i, v) => [x.indexPut([i], v), x.indexPut([i, 1], 3), x.indexPut([i], v, { accumulate: true })], { dtypes: numeric }),
  of('indexPut', [numbers([3, 4]), mask([3, 4])], (x, m) => x.indexPut([m], 3), sync),
  of('indexPut_', [numbers([3, 4]), indices([2], 3), numbers([2, 4])], onCopy((z, i, v) => z.indexPut_([i], v))),
  of('indexPutAsync', [numbers([3, 4]), mask([3, 4])], async (x, m) => x.indexPutAsync([m], 3), reads),
  of('indexPutAsync_', [numbers([3, 4]), mask([3, 4])], async (x, m) => { const z = x.clone(); await z.indexPutAsync_([m], 3); return z; }, reads),

  of('maskedFill', [numbers([2, 3]), mask([3]), numbers([])], (x, m, v) => [x.maskedFill(m, 2), x.maskedFill(m, v)]),
  of('maskedFill_', [numbers([2, 3]), mask([3])], onCopy((z, m) => z.maskedFill_(m, 2))),
  of('maskedSelect', [numbers([2, 3]), mask([3])], (x, m) => x.maskedSelect(m), sync),
  of('maskedSelectAsync', [numbers([2, 3]), mask([2, 3])], async (x, m) => x.maskedSelectAsync(m), reads),
  of('nonzero', [mask([3, 4])], (x) => [x.nonzero(), ...x.nonzero({ asTuple: true })], { ...reads, ...sync }),
  of('nonzeroAsync', [mask([3, 4])], async (x) => [await x.nonzeroAsync(), ...(await x.nonzeroAsync({ asTuple: true }))], reads),
  of('argwhere', [mask([3, 4])], (x) => x.argwhere(), { ...reads, ...sync }),
  of('argwhereAsync', [mask([3, 4])], async (x) => x.argwhereAsync(), reads),
]; // prettier-ignore
