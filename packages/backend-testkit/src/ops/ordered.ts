// Sorting, and running totals.

import { topk } from '@rushlight/core';
import type { Tensor, ValuesAndIndices } from '@rushlight/core';
import { numbers, type Input } from './inputs.ts';
import { all, floats, numeric, type OpCase } from './op-case.ts';

const both = ({ values, indices }: ValuesAndIndices): Tensor[] => [values, indices];
const shapes: readonly (readonly number[])[] = [[2, 3, 4], [5], [], [0], [2, 0], [1, 1], [1, 65]];

/** Along the last dim and the first one. */
function along(
  op: string,
  run: (x: Tensor, dim: number) => Tensor | readonly Tensor[],
  more: Partial<OpCase> & { readonly range?: Input['range']; readonly nonempty?: boolean } = {},
): OpCase[] {
  const { range, nonempty, ...rest } = more;
  return shapes
    .filter((shape) => !(nonempty && shape.includes(0)))
    .map((shape) => ({
      op,
      inputs: [numbers(shape, range)],
      run: (x) => [run(x, -1), run(x, 0)].flat(),
      dtypes: floats,
      ...rest,
    }));
}

export const orderedCases: readonly OpCase[] = [
  ...along('sort', (x, dim) => [...both(x.sort(dim)), ...both(x.sort(dim, { descending: true }))], { dtypes: all }),
  ...along('argsort', (x, dim) => [x.argsort(dim), x.argsort(dim, { descending: true })], { dtypes: all, gradient: false }),
  { op: 'msort', inputs: [numbers([3, 2])], run: (x) => x.msort(), dtypes: all },
  { op: 'topk', inputs: [numbers([3, 5])], run: (x) => [...both(topk(x, 2)), ...both(topk(x, 1, 0, { largest: false })), ...both(topk(x, 0))], dtypes: numeric },
  ...along('kthvalue', (x, dim) => both(x.kthvalue(1, dim)), { dtypes: numeric, nonempty: true }),
  ...along('cumsum', (x, dim) => x.cumsum(dim), { dtypes: all }),
  { op: 'cumsum', inputs: [numbers([257], [0.3, 2])], run: (x) => x.cumsum(0), dtypes: ['float64', 'float32', 'int32'] },
  { op: 'cumsum', inputs: [numbers([2, 3])], run: (x) => x.cumsum(1, { dtype: 'float32' }), dtypes: ['float16', 'int32', 'bool'] },
  ...along('cumprod', (x, dim) => x.cumprod(dim), { dtypes: all, range: [0.7, 1.3] }),
  ...along('cummax', (x, dim) => both(x.cummax(dim)), { dtypes: all }),
  ...along('cummin', (x, dim) => both(x.cummin(dim)), { dtypes: all }),
  // Every element of a row meets every other.
  ...along('logcumsumexp', (x, dim) => x.logcumsumexp(dim)).filter((one) => !one.inputs[0]?.shape.includes(65)),
]; // prettier-ignore
