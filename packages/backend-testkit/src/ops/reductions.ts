// Reductions over every choice of dims: all, one, several, of size 1, none left, past a workgroup both ways.

import { logSoftmax, max, median, min, softmax } from '@rushlight/core';
import type { Dims, ReductionOptions, Tensor, ValuesAndIndices } from '@rushlight/core';
import { numbers, type Input } from './inputs.ts';
import { all, floats, numeric, type OpCase } from './op-case.ts';

type Reduce = (x: Tensor, dim: Dims, options: ReductionOptions) => Tensor | readonly Tensor[];

interface ReductionOptionsOfTest extends Partial<OpCase> {
  readonly range?: Input['range'];
  /** It takes one dim at most. */
  readonly single?: boolean;
  /** It needs something to reduce. */
  readonly nonempty?: boolean;
  /** It takes no `keepdim`. */
  readonly bare?: boolean;
}

const ways: readonly (readonly [shape: readonly number[], dim: Dims, keepdim?: boolean])[] = [
  [[2, 3, 4], undefined],
  [[2, 3, 4], 1],
  [[2, 3, 4], -1, true],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [[2, 3, 4], [1, 2], true],
  [[3, 1, 2], 1],
  [[], undefined],
  [[1], 0],
  [[0], undefined],
  [[0, 3], 1],
  [[2, 0], 1, true],
  [[1031], 0],
  [[65, 5], 0],
  [[5, 65], 1],
];

function reduction(op: string, run: Reduce, options: ReductionOptionsOfTest = {}): OpCase[] {
  const { range, single, nonempty, bare, ...more } = options;
  return ways.flatMap(([shape, dim, keepdim]): OpCase[] => {
    const over = dim === undefined ? shape : (typeof dim === 'number' ? [dim] : dim).map((d) => shape.at(d) ?? 1);
    if ((single && typeof dim === 'object') || (nonempty && over.includes(0)) || (bare && keepdim)) return [];
    const long = shape.includes(1031);
    if (long && op === 'median') return []; // by sorting
    return [
      {
        op,
        // Long sums are of positive numbers: what is left of numbers that cancel has no digits.
        inputs: [numbers(shape, range ?? (long ? [0.3, 2] : undefined))],
        run: (x) => run(x, dim, keepdim === undefined ? {} : { keepdim }),
        dtypes: floats,
        ...more,
        ...(long && { dtypes: (more.dtypes ?? floats).filter((dtype) => dtype !== 'float16') }),
      },
    ];
  });
}

const both = ({ values, indices }: ValuesAndIndices): Tensor[] => [values, indices];

/** With a dim they give values and where they are, without one the value alone. */
const extremes = { max, min, median };
const soft = { softmax, logSoftmax };
const extreme = (op: 'max' | 'min' | 'median'): OpCase[] =>
  reduction(
    op,
    (x, dim, options) => (typeof dim === 'number' ? both(extremes[op](x, dim, options)) : extremes[op](x)),
    {
      single: true,
      nonempty: true,
      dtypes: op === 'median' ? numeric : all,
    },
  );

const one = (dim: Dims): number | undefined => (typeof dim === 'number' ? dim : undefined);

export const reductionCases: readonly OpCase[] = [
  ...reduction('sum', (x, dim, options) => x.sum(dim, options), { dtypes: all }),
  { op: 'sum', inputs: [numbers([2, 3])], run: (x) => x.sum({ dtype: 'float32' }), dtypes: ['float16', 'int32', 'bool'] },
  ...reduction('mean', (x, dim, options) => x.mean(dim, options)),
  ...reduction('prod', (x, dim, options) => x.prod(one(dim), options), { single: true, dtypes: all, range: [0.85, 1.2] }),
  ...reduction('amax', (x, dim, options) => x.amax(dim, options), { nonempty: true, dtypes: all }),
  ...reduction('amin', (x, dim, options) => x.amin(dim, options), { nonempty: true, dtypes: all }),
  ...reduction('aminmax', (x, dim, options) => Object.values(x.aminmax(one(dim), options)), { single: true, nonempty: true, dtypes: all }),
  ...extreme('max'),
  ...extreme('min'),
  ...extreme('median'),
  ...reduction('argmax', (x, dim, options) => x.argmax(one(dim), options), { single: true, nonempty: true, dtypes: all, gradient: false }),
  ...reduction('argmin', (x, dim, options) => x.argmin(one(dim), options), { single: true, nonempty: true, dtypes: all, gradient: false }),
  ...reduction('any', (x, dim, options) => x.any(dim, options), { dtypes: all, gradient: false }),
  ...reduction('all', (x, dim, options) => x.all(dim, options), { dtypes: all, gradient: false }),
  ...reduction('countNonzero', (x, dim) => x.countNonzero(dim), { bare: true, dtypes: all, gradient: false }),
  // Of one element there is no spread: nothing is divided by n − 1 = 0 where a gradient is asked for.
  ...reduction('var', (x, dim, options) => x.var(dim, { ...options, correction: 0.5 })),
  { op: 'var', inputs: [numbers([2, 5])], run: (x) => [x.var(), x.var(1, { unbiased: false }), x.var([0, 1], { keepdim: true })] },
  // Far from zero: float32 rounds the mean itself, which the value bears and the gradient, x − mean, does not.
  { op: 'var', inputs: [numbers([3])], run: (x) => x.add(1e3).var() , dtypes: ['float64'] },
  { op: 'var', inputs: [numbers([3])], run: (x) => x.detach().add(1e3).var() , dtypes: ['float32'] },
  { op: 'std', inputs: [numbers([2, 5])], run: (x) => [x.std(), x.std(1, { unbiased: false }), x.std([0, 1], { keepdim: true })] },
  { op: 'std', inputs: [numbers([5, 65])], run: (x) => [x.std(0), x.std(1)] },
  ...[2, 1, 3, 0.5, 0, Infinity, -Infinity].flatMap((p) => reduction('norm', (x, dim, options) => x.norm({ ...options, p, ...(dim !== undefined && { dim }) }), { nonempty: true }).slice(0, p === 2 ? undefined : 4)),
  ...reduction('logsumexp', (x, dim, options) => x.logsumexp(dim, options), { nonempty: true }),
  { op: 'logsumexp', inputs: [numbers([2, 3], [-9e3, 9e3])], run: (x) => x.logsumexp(1) , dtypes: ['float64', 'float32'], gradient: false },
  ...(['softmax', 'logSoftmax'] as const).flatMap((op): OpCase[] => [
    ...([[[2, 3, 4], 1], [[2, 3, 4], -1], [[2, 3], 0], [[3], 0], [[], 0], [[2, 0], 1], [[4, 1], 1], [[3, 65], 1], [[65, 3], 0], [[1031], 0]] as const).map(
      ([shape, dim]): OpCase => ({ op, inputs: [numbers(shape)], run: (x) => soft[op](x, dim) }),
    ),
    { op, inputs: [numbers([2, 3], [-9e3, 9e3])], run: (x) => soft[op](x, 1), dtypes: ['float64', 'float32'], gradient: false },
    { op, inputs: [numbers([2, 3])], run: (x) => soft[op](x, 1, { dtype: 'float32' }), dtypes: ['int32'] },
  ]),
]; // prettier-ignore
